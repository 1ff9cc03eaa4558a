//! UpdateHealthCheck. What is not given stays; `IPAddress` may change but not come or go.

use crate::errors;
use crate::health_check::{CheckKind, HealthCheck, HealthCheckShown, existing, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateHealthCheck;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UpdateHealthCheckInput {
    pub(crate) health_check_id: String,
    pub(crate) health_check_version: Option<i64>,
    #[serde(rename = "IPAddress")]
    pub(crate) ip_address: Option<String>,
    pub(crate) port: Option<i64>,
    pub(crate) resource_path: Option<String>,
    pub(crate) fully_qualified_domain_name: Option<String>,
    pub(crate) failure_threshold: Option<i64>,
    pub(crate) inverted: Option<bool>,
    pub(crate) disabled: Option<bool>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateHealthCheckOutput {
    health_check: HealthCheckShown,
}

impl Operation for UpdateHealthCheck {
    const NAME: &'static str = "UpdateHealthCheck";
    type Input = UpdateHealthCheckInput;
    type Output = UpdateHealthCheckOutput;

    fn run(
        input: &UpdateHealthCheckInput,
        cx: &mut Context,
    ) -> Result<UpdateHealthCheckOutput, ServiceError> {
        let id = &input.health_check_id;
        let check = updated(existing(id, cx)?, input)?;
        cx.put(id, check.clone());
        Ok(UpdateHealthCheckOutput { health_check: HealthCheckShown::of(id, &check) })
    }
}

fn updated(old: &HealthCheck, input: &UpdateHealthCheckInput) -> Result<HealthCheck, ServiceError> {
    if let Some(version) = input.health_check_version
        && version != old.version
    {
        return Err(errors::health_check_version_mismatch(version, old.version));
    }
    let mut check = HealthCheck { version: old.version + 1, ..old.clone() };
    if let Some(address) = validate::address(input.ip_address.as_deref())? {
        if old.address.is_none() {
            return Err(errors::invalid_input("IPAddress: it cannot be added to a health check"));
        }
        check.address = Some(address);
    }
    if let Some(port) = input.port {
        check.port = validate::port(Some(port), old.kind)?;
    }
    if let Some(path) = &input.resource_path {
        if old.kind == CheckKind::Tcp {
            return Err(errors::invalid_input("ResourcePath: a TCP health check has none"));
        }
        check.path = Some(validate::path(path)?);
    }
    if let Some(host) = validate::host(input.fully_qualified_domain_name.as_deref())? {
        check.host = Some(host);
    }
    if let Some(threshold) = input.failure_threshold {
        check.failure_threshold = validate::threshold(threshold)?;
    }
    check.inverted = input.inverted.unwrap_or(check.inverted);
    check.disabled = input.disabled.unwrap_or(check.disabled);
    Ok(check)
}
