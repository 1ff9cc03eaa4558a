use crate::vpc_association::AssociatedVpc;
use controlplane_services_kernel::Record;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
    /// 1 to 65535; 0 of a calculated check.
    #[n(4)]
    pub port: u16,
    /// `FullyQualifiedDomainName`.
    #[n(5)]
    pub host: Option<String>,
    /// HTTP: with its leading `/`.
    #[n(6)]
    pub path: Option<String>,
    /// Seconds between probes; 0 of a calculated check.
    #[n(7)]
    pub interval_seconds: u32,
    /// Opposite results in a row that flip the verdict; 0 of a calculated check.
    #[n(8)]
    pub failure_threshold: u32,
    /// The final status is turned round.
    #[n(9)]
    pub inverted: bool,
    /// Not probed; counts as healthy before inversion.
    #[n(10)]
    pub disabled: bool,
    /// What the start of the body has to contain, of the kinds that look for something.
    #[cbor(n(11), default)]
    pub search_string: Option<String>,
    /// Whether HTTPS says `host` in its greeting.
    #[cbor(n(12), default)]
    pub enable_sni: bool,
    /// Whether the checkers measure how long probes take; cannot change.
    #[cbor(n(13), default)]
    pub measure_latency: bool,
    /// Whose checkers probe it; empty: everybody's.
    #[cbor(n(14), default)]
    pub regions: BTreeSet<String>,
    /// Checks that a calculated one adds up.
    #[cbor(n(15), default)]
    pub children: BTreeSet<String>,
    /// How many of them have to be healthy.
    #[cbor(n(16), default)]
    pub health_threshold: u32,
    /// The VPC it is probed from inside of, which its tag names; absent: the DNS servers probe it.
    #[cbor(n(17), default)]
    pub vpc: Option<AssociatedVpc>,
}

/// Index: checks that are probed from inside a VPC, over all accounts.
pub const PROBED_IN_VPC: &str = "probed_in_vpc";

/// The tag that names this VPC.
pub const VPC_TAG: &str = "hearth:vpc";

/// What a check does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum CheckKind {
    /// A 2xx or 3xx status.
    #[n(0)]
    Http,
    /// A connection.
    #[n(1)]
    Tcp,
    /// As HTTP, over TLS.
    #[n(2)]
    Https,
    /// As HTTP, and a string in the body.
    #[n(3)]
    HttpStrMatch,
    /// As HTTPS, and a string in the body.
    #[n(4)]
    HttpsStrMatch,
    /// Probes nothing: adds up other checks.
    #[n(5)]
    Calculated,
}

impl CheckKind {
    const ALL: [Self; 6] =
        [Self::Http, Self::Tcp, Self::Https, Self::HttpStrMatch, Self::HttpsStrMatch, Self::Calculated];

    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Tcp => "TCP",
            Self::Https => "HTTPS",
            Self::HttpStrMatch => "HTTP_STR_MATCH",
            Self::HttpsStrMatch => "HTTPS_STR_MATCH",
            Self::Calculated => "CALCULATED",
        }
    }

    /// The kind AWS calls so, of those that are served.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether it asks for a path.
    pub fn is_http(self) -> bool {
        !matches!(self, Self::Tcp | Self::Calculated)
    }

    /// Whether it does so over TLS.
    pub fn is_https(self) -> bool {
        matches!(self, Self::Https | Self::HttpsStrMatch)
    }

    /// Whether it looks for a string.
    pub fn searches(self) -> bool {
        matches!(self, Self::HttpStrMatch | Self::HttpsStrMatch)
    }
}

impl Record for HealthCheck {
    const KIND: &'static str = "health_check";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        if let Some(vpc) = &self.vpc {
            add(PROBED_IN_VPC, &vpc.id);
        }
    }
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
    /// AWS's word for the kind.
    pub r#type: String,
    /// HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_path: Option<String>,
    /// Host header, and where without an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fully_qualified_domain_name: Option<String>,
    /// In the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_string: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_interval: Option<i64>,
    /// In a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_threshold: Option<i64>,
    /// Shown by the DNS servers' metrics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure_latency: Option<bool>,
    /// Turned round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inverted: Option<bool>,
    /// Not probed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// Healthy children that make it healthy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_threshold: Option<i64>,
    /// Checks to add up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child_health_checks: Option<Vec<String>>,
    /// HTTPS.
    #[serde(rename = "EnableSNI", skip_serializing_if = "Option::is_none")]
    pub enable_sni: Option<bool>,
    /// Whose checkers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<Vec<String>>,
}

impl From<&HealthCheck> for HealthCheckConfig {
    fn from(check: &HealthCheck) -> Self {
        let calculated = check.kind == CheckKind::Calculated;
        let probed = !calculated;
        let list = |entries: &BTreeSet<String>| entries.iter().cloned().collect::<Vec<_>>();
        Self {
            ip_address: check.address.clone(),
            port: probed.then(|| i64::from(check.port)),
            r#type: check.kind.as_str().to_owned(),
            resource_path: check.path.clone(),
            fully_qualified_domain_name: check.host.clone(),
            search_string: check.search_string.clone(),
            request_interval: probed.then(|| i64::from(check.interval_seconds)),
            failure_threshold: probed.then(|| i64::from(check.failure_threshold)),
            measure_latency: probed.then_some(check.measure_latency),
            inverted: Some(check.inverted),
            disabled: Some(check.disabled),
            health_threshold: calculated.then(|| i64::from(check.health_threshold)),
            child_health_checks: calculated.then(|| list(&check.children)),
            enable_sni: probed.then_some(check.enable_sni),
            regions: (!check.regions.is_empty()).then(|| list(&check.regions)),
        }
    }
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
            health_check_config: check.into(),
            health_check_version: check.version,
        }
    }
}
