//! `ResourceRecordSet` as it stands on the wire, and its way into and out of a record. Every member has one door: this one.

mod read;
mod read_policy;
mod show;

pub use read::Refusal;
pub(super) use read::{NOT_FOUND, NOT_IN_ZONE, alias_problem};
pub(crate) use read_policy::{check_location, check_place};

use serde::{Deserialize, Serialize};

/// A record set on the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ResourceRecordSet {
    /// Fully qualified, trailing dot optional on the way in.
    pub name: String,
    /// `A`, `MX`, ...
    pub r#type: String,
    /// Name within its group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_identifier: Option<String>,
    /// Weighted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<i64>,
    /// Latency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Geolocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geo_location: Option<GeoLocation>,
    /// `PRIMARY` or `SECONDARY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover: Option<String>,
    /// Multivalue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multi_value_answer: Option<bool>,
    /// Seconds.
    #[serde(rename = "TTL", skip_serializing_if = "Option::is_none")]
    pub ttl: Option<i64>,
    /// Values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_records: Option<Vec<ResourceRecord>>,
    /// The values of other sets, instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias_target: Option<AliasTarget>,
    /// Health check it depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check_id: Option<String>,
    /// What stands at the root of a traffic policy instance, instead of values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic_policy_instance_id: Option<String>,
    /// IP-based.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cidr_routing_config: Option<CidrRoutingConfig>,
    /// Geoproximity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geo_proximity_location: Option<GeoProximityLocation>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResourceRecord {
    /// Presentation form.
    pub value: String,
}

/// Where an alias leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AliasTarget {
    /// The zone of the alias itself.
    #[serde(rename = "HostedZoneId")]
    pub hosted_zone_id: String,
    /// Name of the sets.
    #[serde(rename = "DNSName")]
    pub dns_name: String,
    /// Whether the alias is as healthy as they are.
    #[serde(rename = "EvaluateTargetHealth")]
    pub evaluate_target_health: bool,
}

/// A part of the world.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GeoLocation {
    /// Alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continent_code: Option<String>,
    /// `*` for everywhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    /// With its country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subdivision_code: Option<String>,
}

/// A collection's location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CidrRoutingConfig {
    /// Which collection.
    pub collection_id: String,
    /// `*`: no other location has the address.
    pub location_name: String,
}

/// A point of the world, named in exactly one way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GeoProximityLocation {
    /// A region.
    #[serde(rename = "AWSRegion", skip_serializing_if = "Option::is_none")]
    pub aws_region: Option<String>,
    /// A group of local zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_zone_group: Option<String>,
    /// Latitude and longitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Coordinates>,
    /// -99 to 99.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<i64>,
}

/// Degrees with up to two decimals, as text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Coordinates {
    /// North of the equator.
    pub latitude: String,
    /// East of Greenwich.
    pub longitude: String,
}
