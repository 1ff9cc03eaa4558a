//! What answers say of a request.

use super::QuotaRequest;
use crate::quota::{arn, service_name};
use controlplane_services_kernel::Reader;
use controlplane_services_kernel::quota::Quota;
use controlplane_types::Timestamp;
use serde::Serialize;

/// A request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RequestShown {
    id: String,
    service_code: String,
    service_name: &'static str,
    quota_code: String,
    quota_name: Option<&'static str>,
    desired_value: f64,
    status: &'static str,
    created: Timestamp,
    last_updated: Timestamp,
    requester: String,
    quota_arn: Option<String>,
    global_quota: Option<bool>,
    unit: &'static str,
    quota_requested_at_level: &'static str,
}

impl RequestShown {
    /// All of them are granted.
    pub(crate) const STATUS: &'static str = "APPROVED";

    pub(crate) fn of(id: &str, request: &QuotaRequest, cx: &Reader) -> Self {
        let quota = Quota::find(&request.service, &request.code);
        Self {
            id: id.to_owned(),
            service_code: request.service.clone(),
            service_name: service_name(&request.service),
            quota_code: request.code.clone(),
            quota_name: quota.map(|quota| quota.name),
            desired_value: request.value as f64,
            status: Self::STATUS,
            created: request.at,
            last_updated: request.at,
            requester: request.requester.clone(),
            quota_arn: quota.map(|quota| arn(quota, cx)),
            global_quota: quota.map(|quota| quota.is_global),
            unit: "None",
            quota_requested_at_level: "ACCOUNT",
        }
    }
}
