//! UpdateHealthCheck. What is not given stays; `IPAddress` may change but not come or go.

use crate::errors;
use crate::health_check::validate::{Intervals, children, fits, keeping_vpc, read};
use crate::health_check::{HealthCheck, HealthCheckConfig, HealthCheckShown, existing};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateHealthCheck;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UpdateHealthCheckInput {
    health_check_id: String,
    health_check_version: Option<i64>,
    #[serde(rename = "IPAddress")]
    ip_address: Option<String>,
    port: Option<i64>,
    resource_path: Option<String>,
    fully_qualified_domain_name: Option<String>,
    search_string: Option<String>,
    failure_threshold: Option<i64>,
    inverted: Option<bool>,
    disabled: Option<bool>,
    health_threshold: Option<i64>,
    child_health_checks: Option<Vec<String>>,
    #[serde(rename = "EnableSNI")]
    enable_sni: Option<bool>,
    regions: Option<Vec<String>>,
    reset_elements: Option<Vec<String>>,
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
        let old = existing(id, cx)?;
        let check = updated(old, input)?;
        children(&check, Some(old), cx)?;
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
    let given = given(input);
    fits(old.kind, &given)?;
    nothing_empty(&given)?;
    if given.ip_address.is_some() && old.address.is_none() {
        return Err(errors::invalid_input("IPAddress: it cannot be added to a health check"));
    }
    let mut config = HealthCheckConfig::from(old);
    for element in input.reset_elements.iter().flatten() {
        reset(element, &mut config, &given)?;
    }
    let check = read(&merged(config, given), &old.caller_reference, Intervals::Own)?;
    keeping_vpc(HealthCheck { version: old.version + 1, ..check }, old)
}

/// What the request says of the check.
fn given(input: &UpdateHealthCheckInput) -> HealthCheckConfig {
    HealthCheckConfig {
        ip_address: input.ip_address.clone(),
        port: input.port,
        resource_path: input.resource_path.clone(),
        fully_qualified_domain_name: input.fully_qualified_domain_name.clone(),
        search_string: input.search_string.clone(),
        failure_threshold: input.failure_threshold,
        inverted: input.inverted,
        disabled: input.disabled,
        health_threshold: input.health_threshold,
        child_health_checks: input.child_health_checks.clone(),
        enable_sni: input.enable_sni,
        regions: input.regions.clone(),
        ..HealthCheckConfig::default()
    }
}

/// An empty text takes nothing away: that is what `ResetElements` is for, and of an address nothing is.
fn nothing_empty(given: &HealthCheckConfig) -> Result<(), ServiceError> {
    let texts =
        [("IPAddress", &given.ip_address), ("FullyQualifiedDomainName", &given.fully_qualified_domain_name)];
    match texts.iter().find(|(_, text)| text.as_deref() == Some("")) {
        Some((member, _)) => Err(errors::invalid_input(format!("{member}: it cannot be made empty"))),
        None => Ok(()),
    }
}

/// Back to what it is without having been given.
fn reset(
    element: &str,
    config: &mut HealthCheckConfig,
    given: &HealthCheckConfig,
) -> Result<(), ServiceError> {
    let also_given = match element {
        "FullyQualifiedDomainName" => {
            config.fully_qualified_domain_name = None;
            given.fully_qualified_domain_name.is_some()
        }
        "ResourcePath" => {
            config.resource_path = None;
            given.resource_path.is_some()
        }
        "Regions" => {
            config.regions = None;
            given.regions.is_some()
        }
        "ChildHealthChecks" => {
            config.child_health_checks = None;
            given.child_health_checks.is_some()
        }
        _ => return Err(errors::invalid_input(format!("ResetElements: {element} cannot be reset"))),
    };
    if also_given {
        return Err(errors::invalid_input(format!("ResetElements: {element} is given as well")));
    }
    Ok(())
}

/// `config` with what is given in its place.
fn merged(config: HealthCheckConfig, given: HealthCheckConfig) -> HealthCheckConfig {
    HealthCheckConfig {
        ip_address: given.ip_address.or(config.ip_address),
        port: given.port.or(config.port),
        resource_path: given.resource_path.or(config.resource_path),
        fully_qualified_domain_name: given.fully_qualified_domain_name.or(config.fully_qualified_domain_name),
        search_string: given.search_string.or(config.search_string),
        failure_threshold: given.failure_threshold.or(config.failure_threshold),
        inverted: given.inverted.or(config.inverted),
        disabled: given.disabled.or(config.disabled),
        health_threshold: given.health_threshold.or(config.health_threshold),
        child_health_checks: given.child_health_checks.or(config.child_health_checks),
        enable_sni: given.enable_sni.or(config.enable_sni),
        regions: given.regions.or(config.regions),
        ..config
    }
}
