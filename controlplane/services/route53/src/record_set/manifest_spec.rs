//! A record set as manifests write it.

use super::{
    AliasTarget, CidrRoutingConfig, Coordinates, GeoLocation, GeoProximityLocation, RecordSet,
    ResourceRecord, ResourceRecordSet,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is answered for a name and type. Several sets of one name and type are told apart by `setIdentifier` and chosen by
/// one of `weight`, `region`, `geoLocation`, `geoProximityLocation`, `cidrRoutingConfig`, `failover` and `multiValueAnswer`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordSetSpec {
    /// The zone the name is in.
    pub(super) hosted_zone_id: String,
    /// The name, such as `www.example.com`; `*` may stand for the first label.
    pub(super) name: String,
    /// Type of the records: `A`, `AAAA`, `CNAME`, `MX`, `TXT` and so on.
    r#type: String,
    /// Tells sets of one name and type apart, 1 to 128 characters. Needed with everything that chooses between sets.
    #[serde(default)]
    set_identifier: Option<String>,
    /// Share of the answers: this weight of the sum of all weights. 0: none, unless all are 0.
    #[schemars(range(min = 0, max = 255))]
    #[serde(default)]
    weight: Option<i64>,
    /// The AWS region for whose clients, those with the least latency to it, this is the answer.
    #[serde(default)]
    region: Option<String>,
    /// The part of the world for whose clients this is the answer.
    #[serde(default)]
    geo_location: Option<GeoLocationSpec>,
    /// The point of the world for whose neighbours this is the answer.
    #[serde(default)]
    geo_proximity_location: Option<GeoProximitySpec>,
    /// The addresses for which this is the answer.
    #[serde(default)]
    cidr_routing_config: Option<CidrRoutingSpec>,
    /// Part in a pair: the secondary is answered while the primary is unhealthy.
    #[schemars(extend("enum" = ["PRIMARY", "SECONDARY"]))]
    #[serde(default)]
    failover: Option<String>,
    /// Whether up to eight healthy sets are answered together. Absent: no.
    #[serde(default)]
    multi_value_answer: Option<bool>,
    /// Seconds for which resolvers may keep an answer. Needed with `resourceRecords`.
    #[schemars(range(min = 0, max = 2147483647))]
    #[serde(default)]
    ttl: Option<i64>,
    /// The values in presentation form, at least one, unless there is an `aliasTarget`.
    #[serde(default)]
    resource_records: Option<Vec<String>>,
    /// Other sets of the zone, whose values and time to live are answered instead. They have to be there already.
    #[serde(default)]
    pub(super) alias_target: Option<AliasTargetSpec>,
    /// Health check the set depends on. Absent: it is always healthy.
    #[serde(default)]
    health_check_id: Option<String>,
}

/// Sets of a name, of the alias's own type.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AliasTargetSpec {
    /// The zone of the alias itself.
    hosted_zone_id: String,
    /// Their name.
    pub(super) dns_name: String,
    /// Whether the alias is as healthy as they are.
    evaluate_target_health: bool,
}

/// A continent, a country or a subdivision of one.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GeoLocationSpec {
    /// `AF`, `AN`, `AS`, `EU`, `NA`, `OC` or `SA`; then nothing else.
    #[serde(default)]
    continent_code: Option<String>,
    /// Two letters of ISO 3166-1, or `*` for wherever no other set of the group is.
    #[serde(default)]
    country_code: Option<String>,
    /// A state of the country `US`.
    #[serde(default)]
    subdivision_code: Option<String>,
}

/// A region, a local zone group or coordinates.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GeoProximitySpec {
    /// A region of AWS.
    #[serde(default)]
    aws_region: Option<String>,
    /// A group of AWS's local zones.
    #[serde(default)]
    local_zone_group: Option<String>,
    /// A point of the map.
    #[serde(default)]
    coordinates: Option<CoordinatesSpec>,
    /// How much farther away (above zero) or nearer clients are drawn from. Absent: 0.
    #[schemars(range(min = -99, max = 99))]
    #[serde(default)]
    bias: Option<i64>,
}

/// A point of the map, in degrees with up to two decimals.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CoordinatesSpec {
    /// `-90` to `90`, as text.
    latitude: String,
    /// `-180` to `180`, as text.
    longitude: String,
}

/// A location of a CIDR collection.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CidrRoutingSpec {
    /// The collection, the same for the whole group.
    collection_id: String,
    /// Its location, or `*` for addresses that no other location of the group has.
    location_name: String,
}

impl RecordSetSpec {
    /// The zone, and what a client of AWS's would have sent.
    pub(super) fn into_wire(self) -> (String, ResourceRecordSet) {
        let values = self.resource_records;
        let wire = ResourceRecordSet {
            name: self.name,
            r#type: self.r#type,
            set_identifier: self.set_identifier,
            weight: self.weight,
            region: self.region,
            geo_location: self.geo_location.map(GeoLocation::from),
            failover: self.failover,
            multi_value_answer: self.multi_value_answer,
            ttl: self.ttl,
            resource_records: values
                .map(|values| values.into_iter().map(|value| ResourceRecord { value }).collect()),
            alias_target: self.alias_target.map(AliasTarget::from),
            health_check_id: self.health_check_id,
            traffic_policy_instance_id: None,
            cidr_routing_config: self.cidr_routing_config.map(CidrRoutingConfig::from),
            geo_proximity_location: self.geo_proximity_location.map(GeoProximityLocation::from),
        };
        (self.hosted_zone_id, wire)
    }
}

/// What stands below a traffic policy instance is shown as what it is: nobody applies it.
impl From<&RecordSet> for RecordSetSpec {
    fn from(set: &RecordSet) -> Self {
        let wire = ResourceRecordSet::from(&RecordSet { traffic_policy_instance_id: None, ..set.clone() });
        Self {
            hosted_zone_id: set.zone_id.clone(),
            name: wire.name,
            r#type: wire.r#type,
            set_identifier: wire.set_identifier,
            weight: wire.weight,
            region: wire.region,
            geo_location: wire.geo_location.map(GeoLocationSpec::from),
            geo_proximity_location: wire.geo_proximity_location.map(GeoProximitySpec::from),
            cidr_routing_config: wire.cidr_routing_config.map(CidrRoutingSpec::from),
            failover: wire.failover,
            multi_value_answer: wire.multi_value_answer,
            ttl: wire.ttl,
            resource_records: wire
                .resource_records
                .map(|records| records.into_iter().map(|record| record.value).collect()),
            alias_target: wire.alias_target.map(AliasTargetSpec::from),
            health_check_id: wire.health_check_id,
        }
    }
}

/// The same members under both doors' names.
macro_rules! both_ways {
    ($($wire:ident = $spec:ident { $($member:ident),* };)*) => {$(
        impl From<$spec> for $wire {
            fn from(spec: $spec) -> Self {
                Self { $($member: spec.$member),* }
            }
        }

        impl From<$wire> for $spec {
            fn from(wire: $wire) -> Self {
                Self { $($member: wire.$member),* }
            }
        }
    )*};
}

both_ways! {
    AliasTarget = AliasTargetSpec { hosted_zone_id, dns_name, evaluate_target_health };
    GeoLocation = GeoLocationSpec { continent_code, country_code, subdivision_code };
    CidrRoutingConfig = CidrRoutingSpec { collection_id, location_name };
    Coordinates = CoordinatesSpec { latitude, longitude };
}

impl From<GeoProximitySpec> for GeoProximityLocation {
    fn from(spec: GeoProximitySpec) -> Self {
        Self {
            aws_region: spec.aws_region,
            local_zone_group: spec.local_zone_group,
            coordinates: spec.coordinates.map(Coordinates::from),
            bias: spec.bias,
        }
    }
}

impl From<GeoProximityLocation> for GeoProximitySpec {
    fn from(wire: GeoProximityLocation) -> Self {
        Self {
            aws_region: wire.aws_region,
            local_zone_group: wire.local_zone_group,
            coordinates: wire.coordinates.map(CoordinatesSpec::from),
            bias: wire.bias,
        }
    }
}
