use controlplane_services_kernel::Record;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A health check. Id: a UUID.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct HealthCheck {
    /// The client's reference.
    #[n(0)]
    pub caller_reference: String,
    /// Starts at 1, plus one per update.
    #[n(1)]
    pub version: i64,
    /// What to probe how; cannot change.
    #[n(2)]
    pub kind: CheckKind,
    /// Where; absent: `host` is resolved for every probe.
    #[n(3)]
    pub address: Option<String>,
    /// 1 to 65535.
    #[n(4)]
    pub port: u16,
    /// `FullyQualifiedDomainName`.
    #[n(5)]
    pub host: Option<String>,
    /// HTTP: with its leading `/`.
    #[n(6)]
    pub path: Option<String>,
    /// Seconds between probes.
    #[n(7)]
    pub interval_seconds: u32,
    /// Opposite results in a row that flip the verdict.
    #[n(8)]
    pub failure_threshold: u32,
    /// The final status is turned round.
    #[n(9)]
    pub inverted: bool,
    /// Not probed; counts as healthy before inversion.
    #[n(10)]
    pub disabled: bool,
}

/// How a check probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum CheckKind {
    /// A 2xx or 3xx status.
    #[n(0)]
    Http,
    /// A connection.
    #[n(1)]
    Tcp,
}

impl CheckKind {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Tcp => "TCP",
        }
    }
}

impl Record for HealthCheck {
    const KIND: &'static str = "health_check";
    const GLOBAL: bool = true;
}

/// `HealthCheckConfig` on the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct HealthCheckConfig {
    /// Where.
    #[serde(rename = "IPAddress", skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// `HTTP` or `TCP`.
    pub r#type: String,
    /// HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_path: Option<String>,
    /// Host header, and where without an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fully_qualified_domain_name: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_interval: Option<i64>,
    /// In a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_threshold: Option<i64>,
    /// Told and not taken: latency is not measured.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub measure_latency: Option<bool>,
    /// Turned round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inverted: Option<bool>,
    /// Not probed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// Told and not taken: these kinds have no TLS.
    #[serde(rename = "EnableSNI", skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub enable_sni: Option<bool>,
}

/// A check as AWS shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HealthCheckShown {
    id: String,
    caller_reference: String,
    health_check_config: HealthCheckConfig,
    health_check_version: i64,
}

impl HealthCheckShown {
    pub(super) fn of(id: &str, check: &HealthCheck) -> Self {
        Self {
            id: id.to_owned(),
            caller_reference: check.caller_reference.clone(),
            health_check_config: HealthCheckConfig {
                ip_address: check.address.clone(),
                port: Some(i64::from(check.port)),
                r#type: check.kind.as_str().to_owned(),
                resource_path: check.path.clone(),
                fully_qualified_domain_name: check.host.clone(),
                request_interval: Some(i64::from(check.interval_seconds)),
                failure_threshold: Some(i64::from(check.failure_threshold)),
                measure_latency: Some(false),
                inverted: Some(check.inverted),
                disabled: Some(check.disabled),
                enable_sni: Some(false),
            },
            health_check_version: check.version,
        }
    }
}
