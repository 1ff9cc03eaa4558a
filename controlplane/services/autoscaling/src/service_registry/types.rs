use crate::errors;
use controlplane_services_kernel::{Context, ServiceError};
use controlplane_services_route53::HostedZone;
use controlplane_types::dns::Name;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Which name, and how members stand under it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceRegistry {
    /// Zone of the name.
    #[n(0)]
    pub hosted_zone_id: String,
    /// The name.
    #[n(1)]
    pub name: String,
    /// Routing policy of the members.
    #[n(2)]
    #[serde(default)]
    pub routing_policy: RegistryPolicy,
    /// Seconds.
    #[n(3)]
    #[serde(default = "default_ttl")]
    pub ttl: u32,
    /// Probes every member.
    #[n(4)]
    #[serde(default)]
    pub health_check: Option<RegistryHealthCheck>,
}

/// How members stand under the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RegistryPolicy {
    /// Up to eight healthy ones in each answer.
    #[n(0)]
    #[default]
    Multivalue,
    /// One healthy one in each answer, all with the same weight.
    #[n(1)]
    Weighted,
}

/// A probe of every member.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegistryHealthCheck {
    /// `HTTP` or `TCP`.
    #[n(0)]
    pub r#type: String,
    /// Port.
    #[n(1)]
    #[serde(default)]
    pub port: Option<u16>,
    /// HTTP.
    #[n(2)]
    #[serde(default)]
    pub resource_path: Option<String>,
    /// Seconds, from one on.
    #[n(3)]
    #[serde(default = "default_interval")]
    pub request_interval: u32,
    /// Failures in a row.
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

impl ServiceRegistry {
    /// The registry as it is stored, if its zone exists and the name lies in it.
    pub fn checked(mut self, cx: &Context) -> Result<Self, ServiceError> {
        let zone = cx.get::<HostedZone>(&self.hosted_zone_id).ok_or_else(|| {
            errors::validation(format!("serviceRegistry.hostedZoneId: there is no zone {}", self.hosted_zone_id))
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
