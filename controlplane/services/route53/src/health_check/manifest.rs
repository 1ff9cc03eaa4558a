use super::validate::{Intervals, existing, read};
use super::{HealthCheck, HealthCheckConfig, create, delete};
use crate::errors;
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Declarative, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A probe that every DNS server makes, and whose verdict decides which record sets are answered.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthCheckSpec {
    /// How to probe: a 2xx or 3xx status, or a connection.
    #[schemars(extend("enum" = ["HTTP", "TCP"]))]
    r#type: String,
    /// Address to probe, IPv4 or IPv6. Absent: `fullyQualifiedDomainName` is resolved for every probe.
    #[serde(default)]
    ip_address: Option<String>,
    /// Port to probe. Absent: 80 for HTTP; TCP needs it.
    #[schemars(range(min = 1, max = 65535))]
    #[serde(default)]
    port: Option<i64>,
    /// Host header of an HTTP probe, and what to resolve if there is no `ipAddress`.
    #[serde(default)]
    fully_qualified_domain_name: Option<String>,
    /// Path that an HTTP probe asks for. Absent: `/`.
    #[serde(default)]
    resource_path: Option<String>,
    /// Seconds between probes. Absent: 30.
    #[schemars(range(min = 1, max = 300))]
    #[serde(default)]
    request_interval: Option<i64>,
    /// Opposite results in a row that turn the verdict round. Absent: 3.
    #[schemars(range(min = 1, max = 10))]
    #[serde(default)]
    failure_threshold: Option<i64>,
    /// Whether the verdict is turned round: what fails counts as healthy. Absent: no.
    #[serde(default)]
    inverted: Option<bool>,
    /// Whether probing is off; the check counts as healthy then. Absent: no.
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
            ..Self::default()
        }
    }
}

impl Declarative for HealthCheck {
    type Spec = HealthCheckSpec;
    const IMMUTABLE: &'static [&'static str] = &["type", "requestInterval"];

    fn create(_: &str, spec: HealthCheckSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let reference = format!("manifest-{}", cx.random().hex(32));
        create(&spec.into(), &reference, cx)
    }

    fn update(
        id: &str,
        _: HealthCheckSpec,
        wanted: HealthCheckSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let old = existing(id, cx)?.clone();
        let check = read(&wanted.into(), &old.caller_reference, Intervals::Own)?;
        if check.address.is_some() != old.address.is_some() {
            return Err(errors::invalid_input("IPAddress: it cannot come to or go from a health check"));
        }
        cx.put(id, HealthCheck { version: old.version + 1, ..check });
        Ok(())
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        delete(id, cx)?;
        Ok(Deletion::Done)
    }
}
