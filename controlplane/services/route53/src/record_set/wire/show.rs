use super::{
    AliasTarget, CidrRoutingConfig, Coordinates, GeoLocation, GeoProximityLocation, ResourceRecord,
    ResourceRecordSet,
};
use crate::record_set::{Location, Place, Policy, RecordSet};

impl From<&RecordSet> for ResourceRecordSet {
    fn from(set: &RecordSet) -> Self {
        let mut wire = Self {
            name: set.name.clone(),
            r#type: set.kind.clone(),
            set_identifier: set.set_identifier.clone(),
            health_check_id: set.health_check_id.clone(),
            traffic_policy_instance_id: set.traffic_policy_instance_id.clone(),
            ..Self::default()
        };
        wire.show_policy(&set.policy);
        if set.traffic_policy_instance_id.is_none() {
            wire.show_content(set);
        }
        wire
    }
}

impl ResourceRecordSet {
    fn show_content(&mut self, set: &RecordSet) {
        match &set.content.alias {
            Some(alias) => {
                self.alias_target = Some(AliasTarget {
                    hosted_zone_id: set.zone_id.clone(),
                    dns_name: alias.name.clone(),
                    evaluate_target_health: alias.evaluate_target_health,
                });
            }
            None => {
                let values = set.content.values.iter().map(|value| ResourceRecord { value: value.clone() });
                self.ttl = Some(i64::from(set.content.ttl));
                self.resource_records = Some(values.collect());
            }
        }
    }

    fn show_policy(&mut self, policy: &Policy) {
        match policy {
            Policy::Simple => {}
            Policy::Weighted { weight } => self.weight = Some(i64::from(*weight)),
            Policy::Failover { primary } => {
                self.failover = Some(if *primary { "PRIMARY" } else { "SECONDARY" }.to_owned());
            }
            Policy::Multivalue => self.multi_value_answer = Some(true),
            Policy::Latency { region } => self.region = Some(region.clone()),
            Policy::Geolocation { location } => self.geo_location = Some(location.into()),
            Policy::Geoproximity { place, bias } => {
                self.geo_proximity_location =
                    Some(GeoProximityLocation { bias: bias.map(i64::from), ..place.into() });
            }
            Policy::Cidr { collection_id, location } => {
                self.cidr_routing_config = Some(CidrRoutingConfig {
                    collection_id: collection_id.clone(),
                    location_name: location.clone(),
                });
            }
        }
    }
}

impl From<&Location> for GeoLocation {
    fn from(location: &Location) -> Self {
        let mut shown = Self::default();
        match location {
            Location::Default => shown.country_code = Some("*".to_owned()),
            Location::Continent(code) => shown.continent_code = Some(code.clone()),
            Location::Country(code) => shown.country_code = Some(code.clone()),
            Location::Subdivision(country, code) => {
                shown.country_code = Some(country.clone());
                shown.subdivision_code = Some(code.clone());
            }
        }
        shown
    }
}

impl From<&Place> for GeoProximityLocation {
    fn from(place: &Place) -> Self {
        let mut shown = Self::default();
        match place {
            Place::Region(region) => shown.aws_region = Some(region.clone()),
            Place::LocalZoneGroup(group) => shown.local_zone_group = Some(group.clone()),
            Place::Coordinates(latitude, longitude) => {
                shown.coordinates =
                    Some(Coordinates { latitude: latitude.clone(), longitude: longitude.clone() });
            }
        }
        shown
    }
}
