use super::ops::update_health_check::{UpdateHealthCheck, UpdateHealthCheckInput};
use super::{HealthCheck, HealthCheckConfig, create, delete};
use crate::errors;
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Declarative, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// Spec of a health check.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthCheckSpec {
    r#type: String,
    #[serde(default)]
    ip_address: Option<String>,
    #[serde(default)]
    port: Option<i64>,
    #[serde(default)]
    fully_qualified_domain_name: Option<String>,
    #[serde(default)]
    resource_path: Option<String>,
    #[serde(default)]
    request_interval: Option<i64>,
    #[serde(default)]
    failure_threshold: Option<i64>,
    #[serde(default)]
    inverted: Option<bool>,
    #[serde(default)]
    disabled: Option<bool>,
}

impl From<HealthCheckSpec> for HealthCheckConfig {
    fn from(spec: HealthCheckSpec) -> Self {
        Self {
            ip_address: spec.ip_address,
            port: spec.port,
            r#type: spec.r#type,
            resource_path: spec.resource_path,
            fully_qualified_domain_name: spec.fully_qualified_domain_name,
            request_interval: spec.request_interval,
            failure_threshold: spec.failure_threshold,
            inverted: spec.inverted,
            disabled: spec.disabled,
        }
    }
}

impl Declarative for HealthCheck {
    type Spec = HealthCheckSpec;

    fn create(_: &str, spec: HealthCheckSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let reference = format!("manifest-{}", cx.random().hex(32));
        create(&spec.into(), &reference, cx)
    }

    fn update(
        id: &str,
        old: HealthCheckSpec,
        new: HealthCheckSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        if old.r#type != new.r#type {
            return Err(errors::immutable("type"));
        }
        if old.request_interval != new.request_interval {
            return Err(errors::immutable("requestInterval"));
        }
        let input = UpdateHealthCheckInput {
            health_check_id: id.to_owned(),
            health_check_version: None,
            ip_address: new.ip_address,
            port: new.port,
            resource_path: new.resource_path,
            fully_qualified_domain_name: new.fully_qualified_domain_name,
            failure_threshold: new.failure_threshold,
            inverted: new.inverted,
            disabled: new.disabled,
        };
        UpdateHealthCheck::run(&input, cx).map(|_| ())
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        delete(id, cx)?;
        Ok(Deletion::Done)
    }
}
