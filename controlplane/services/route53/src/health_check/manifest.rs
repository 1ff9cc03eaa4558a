use super::validate::{Intervals, children, existing, keeping_vpc, read};
use super::{HealthCheck, HealthCheckConfig, VPC_TAG, create, delete};
use crate::errors;
use crate::tag::{self, ResourceType};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A probe that the DNS servers make, or the nodes of a VPC, or a sum of such, whose verdict decides which record sets are answered.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthCheckSpec {
    /// How to probe: by a 2xx or 3xx status, such a status and a string in the body, a connection, or not at all but by adding up
    /// other checks.
    #[schemars(extend("enum" = ["HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP", "CALCULATED"]))]
    r#type: String,
    /// Address to probe, IPv4 or IPv6. Absent: `fullyQualifiedDomainName` is resolved for every probe.
    #[serde(default)]
    ip_address: Option<String>,
    /// Port to probe. Absent: 80 for HTTP, 443 for HTTPS; TCP needs it.
    #[schemars(range(min = 1, max = 65535))]
    #[serde(default)]
    port: Option<i64>,
    /// Host header of an HTTP probe, and what to resolve if there is no `ipAddress`.
    #[serde(default)]
    fully_qualified_domain_name: Option<String>,
    /// Path that an HTTP probe asks for. Absent: `/`.
    #[serde(default)]
    resource_path: Option<String>,
    /// What the first 5,120 octets of the body have to contain, decompressed; only of the two kinds that look for it, which need
    /// it.
    #[serde(default)]
    search_string: Option<String>,
    /// Seconds between probes. Absent: 30.
    #[schemars(range(min = 1, max = 300))]
    #[serde(default)]
    request_interval: Option<i64>,
    /// Opposite results in a row that turn the verdict round. Absent: 3.
    #[schemars(range(min = 1, max = 10))]
    #[serde(default)]
    failure_threshold: Option<i64>,
    /// Whether the DNS servers' metrics show how long the probes take. Absent: no.
    #[serde(default)]
    measure_latency: Option<bool>,
    /// Whether an HTTPS probe says `fullyQualifiedDomainName` in its greeting. Absent: yes.
    #[serde(default, rename = "enableSNI")]
    enable_sni: Option<bool>,
    /// Checker regions that probe it, three at least; DNS servers stand for the one of their `--checker-region`, or for all.
    /// Absent: all of them.
    #[serde(default)]
    regions: Option<Vec<String>>,
    /// Checks, by name or id, that a calculated check adds up; none of them may be calculated itself.
    #[serde(default)]
    child_health_checks: Option<Vec<String>>,
    /// How many of them have to be healthy for a calculated check to be; it needs this.
    #[schemars(range(min = 0, max = 256))]
    #[serde(default)]
    health_threshold: Option<i64>,
    /// Whether the verdict is turned round: what fails counts as healthy. Absent: no.
    #[serde(default)]
    inverted: Option<bool>,
    /// Whether probing is off; the check counts as healthy then. Absent: no.
    #[serde(default)]
    disabled: Option<bool>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`. The value of
    /// `hearth:vpc` is the id of a VPC: the nodes that host it probe the check from inside of it, instead of the DNS servers.
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

impl From<HealthCheckSpec> for HealthCheckConfig {
    fn from(spec: HealthCheckSpec) -> Self {
        Self {
            ip_address: spec.ip_address,
            port: spec.port,
            r#type: spec.r#type,
            resource_path: spec.resource_path,
            fully_qualified_domain_name: spec.fully_qualified_domain_name,
            search_string: spec.search_string,
            request_interval: spec.request_interval,
            failure_threshold: spec.failure_threshold,
            measure_latency: spec.measure_latency,
            inverted: spec.inverted,
            disabled: spec.disabled,
            health_threshold: spec.health_threshold,
            child_health_checks: spec.child_health_checks,
            enable_sni: spec.enable_sni,
            regions: spec.regions,
        }
    }
}

impl Declarative for HealthCheck {
    type Spec = HealthCheckSpec;
    const IMMUTABLE: &'static [&'static str] = &["type", "requestInterval", "measureLatency"];
    const REFERENCES: &'static [Reference] = &[Reference::new("childHealthChecks[]", "health_check")];

    fn create(_: &str, spec: HealthCheckSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let reference = format!("manifest-{}", cx.random().hex(32));
        let tags = spec.tags.clone();
        let id = create(&spec.into(), &reference, cx)?;
        tag::redeclare(ResourceType::HealthCheck, &id, &tags, cx)?;
        Ok(id)
    }

    fn update(
        id: &str,
        live: HealthCheckSpec,
        wanted: HealthCheckSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let old = existing(id, cx)?.clone();
        let tags = wanted.tags.clone();
        let check = read(&wanted.into(), &old.caller_reference, Intervals::Own)?;
        if check.address.is_some() != old.address.is_some() {
            return Err(errors::invalid_input("IPAddress: it cannot come to or go from a health check"));
        }
        children(&check, Some(&old), cx)?;
        let check = HealthCheck { version: old.version + 1, ..check };
        // A VPC that is not the same any more comes with the tags.
        let stays = tags.get(VPC_TAG) == live.tags.get(VPC_TAG);
        cx.put(id, if stays { keeping_vpc(check, &old)? } else { check });
        tag::redeclare(ResourceType::HealthCheck, id, &tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        delete(id, cx)?;
        Ok(Deletion::Done)
    }
}
