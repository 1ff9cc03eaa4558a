use crate::errors;
use controlplane_services_kernel::{Context, ServiceError};
use controlplane_services_route53::HostedZone;
use controlplane_services_route53::health_check::{self, HealthCheckConfig};
use controlplane_types::dns::Name;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A set identifier has 128 characters: the group, a separator, and an instance id of 19.
const GROUP_NAME_MAX: usize = 108;
/// Stands for a member's address when a probe is checked before there are members.
const SOME_ADDRESS: &str = "192.0.2.1";

/// Which name, and how members stand under it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceRegistry {
    /// Zone of the name.
    #[n(0)]
    pub hosted_zone_id: String,
    /// The name, in the zone.
    #[n(1)]
    pub name: String,
    /// How members stand under the name.
    #[n(2)]
    #[serde(default)]
    pub routing_policy: RegistryPolicy,
    /// Seconds for which resolvers may keep an answer.
    #[schemars(range(min = 0, max = 2147483647))]
    #[n(3)]
    #[serde(default = "default_ttl")]
    pub ttl: u32,
    /// Probes every member; who fails is not answered. Absent: whoever runs is.
    #[n(4)]
    #[serde(default)]
    pub health_check: Option<RegistryHealthCheck>,
}

/// How members stand under the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RegistryPolicy {
    /// Up to eight healthy members in each answer.
    #[n(0)]
    #[default]
    Multivalue,
    /// One healthy member in each answer, all with the same weight.
    #[n(1)]
    Weighted,
}

/// A probe of every member.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryHealthCheck {
    /// How it probes: a 2xx or 3xx status, or a connection.
    #[schemars(extend("enum" = ["HTTP", "TCP"]))]
    #[n(0)]
    pub r#type: String,
    /// Port it probes. Absent: 80 for HTTP; TCP needs it.
    #[schemars(range(min = 1, max = 65535))]
    #[n(1)]
    #[serde(default)]
    pub port: Option<u16>,
    /// Path that HTTP asks for, with its leading `/`. Absent: `/`.
    #[n(2)]
    #[serde(default)]
    pub resource_path: Option<String>,
    /// Seconds between probes.
    #[schemars(range(min = 1, max = 300))]
    #[n(3)]
    #[serde(default = "default_interval")]
    pub request_interval: u32,
    /// Opposite results in a row that turn the verdict round.
    #[schemars(range(min = 1, max = 10))]
    #[n(4)]
    #[serde(default = "default_threshold")]
    pub failure_threshold: u32,
}

fn default_ttl() -> u32 {
    5
}

fn default_interval() -> u32 {
    10
}

fn default_threshold() -> u32 {
    2
}

impl RegistryHealthCheck {
    /// The health check of a member.
    pub(super) fn config(&self, address: &str) -> HealthCheckConfig {
        HealthCheckConfig {
            ip_address: Some(address.to_owned()),
            port: self.port.map(i64::from),
            r#type: self.r#type.clone(),
            resource_path: self.resource_path.clone(),
            request_interval: Some(self.request_interval.into()),
            failure_threshold: Some(self.failure_threshold.into()),
            ..HealthCheckConfig::default()
        }
    }
}

impl ServiceRegistry {
    /// The registry of the group `group` as it is stored, if its zone exists, the name lies in it and members can stand
    /// there.
    pub fn checked(mut self, group: &str, cx: &Context) -> Result<Self, ServiceError> {
        if group.chars().count() > GROUP_NAME_MAX {
            return Err(errors::validation(format!(
                "serviceRegistry: the name of a group with one has at most {GROUP_NAME_MAX} characters"
            )));
        }
        if i32::try_from(self.ttl).is_err() {
            return Err(errors::validation(format!(
                "serviceRegistry.ttl: {} is above {}",
                self.ttl,
                i32::MAX
            )));
        }
        if let Some(probe) = &self.health_check {
            let invalid = |error: ServiceError| {
                errors::validation(format!("serviceRegistry.healthCheck.{}", error.message))
            };
            health_check::check(&probe.config(SOME_ADDRESS)).map_err(invalid)?;
        }
        let zone = cx.get::<HostedZone>(&self.hosted_zone_id).ok_or_else(|| {
            errors::validation(format!(
                "serviceRegistry.hostedZoneId: there is no zone {}",
                self.hosted_zone_id
            ))
        })?;
        let invalid = |error: controlplane_types::dns::NameError| {
            errors::validation(format!("serviceRegistry.name: {}: {}", self.name, error.text()))
        };
        let name = Name::parse(&self.name).map_err(invalid)?;
        let apex = Name::parse(&zone.name).map_err(invalid)?;
        if !name.is_within(&apex) {
            let message = format!("serviceRegistry.name: {name} is not in zone {}", zone.name);
            return Err(errors::validation(message));
        }
        self.name = name.to_string();
        Ok(self)
    }
}
