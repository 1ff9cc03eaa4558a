//! What answers say of a quota.

use crate::errors;
use controlplane_services_kernel::quota::{QUOTAS, Quota, SERVICES};
use controlplane_services_kernel::{Reader, ServiceError};
use serde::Serialize;

/// All quotas are numbers of something.
const UNIT: &str = "None";

/// A quota with the value that is asked about.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct QuotaShown {
    service_code: &'static str,
    service_name: &'static str,
    quota_arn: String,
    quota_code: &'static str,
    quota_name: &'static str,
    value: f64,
    unit: &'static str,
    adjustable: bool,
    global_quota: bool,
    quota_applied_at_level: &'static str,
}

impl QuotaShown {
    /// With what holds for the caller.
    pub(crate) fn applied(quota: &'static Quota, cx: &Reader) -> Self {
        Self::with(quota, quota.limit(cx), cx)
    }

    /// With what holds for who never asked for more.
    pub(crate) fn default_of(quota: &'static Quota, cx: &Reader) -> Self {
        Self { quota_arn: default_arn(quota, cx), ..Self::with(quota, quota.default, cx) }
    }

    fn with(quota: &'static Quota, value: usize, cx: &Reader) -> Self {
        Self {
            service_code: quota.service,
            service_name: service_name(quota.service),
            quota_arn: arn(quota, cx),
            quota_code: quota.code,
            quota_name: quota.name,
            value: value as f64,
            unit: UNIT,
            adjustable: quota.is_adjustable(),
            global_quota: quota.is_global,
            quota_applied_at_level: "ACCOUNT",
        }
    }
}

/// The ARN of the caller's quota.
pub(crate) fn arn(quota: &Quota, cx: &Reader) -> String {
    let (region, account) = (&cx.caller.region, &cx.caller.account);
    format!("arn:aws:servicequotas:{region}:{account}:{}/{}", quota.service, quota.code)
}

/// Defaults belong to no account.
fn default_arn(quota: &Quota, cx: &Reader) -> String {
    format!("arn:aws:servicequotas:{}::{}/{}", cx.caller.region, quota.service, quota.code)
}

/// AWS's name of a service.
pub(crate) fn service_name(code: &str) -> &'static str {
    SERVICES.iter().find(|(known, _)| *known == code).map_or("", |(_, name)| name)
}

/// The quota with these codes.
pub(crate) fn existing(service: &str, code: &str) -> Result<&'static Quota, ServiceError> {
    if service_name(service).is_empty() {
        return Err(errors::no_such_service(service));
    }
    Quota::find(service, code).ok_or_else(|| errors::no_such_quota(service, code))
}

/// The quotas of a service.
pub(crate) fn of_service(
    service: &str,
) -> Result<impl Iterator<Item = &'static Quota> + use<'_>, ServiceError> {
    if service_name(service).is_empty() {
        return Err(errors::no_such_service(service));
    }
    Ok(QUOTAS.iter().copied().filter(move |quota| quota.service == service))
}
