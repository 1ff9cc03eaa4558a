//! Routing policies and aliases in feed messages.

use controlplane_proto::dns::{self, geoproximity, record_set};
use controlplane_services_route53::record_set::{Alias, Location, Place, Policy, hundredths};

/// Policy of a set.
pub(super) fn policy(policy: &Policy) -> record_set::Policy {
    match policy {
        Policy::Simple => record_set::Policy::Simple(dns::Simple {}),
        Policy::Weighted { weight } => {
            record_set::Policy::Weighted(dns::Weighted { weight: (*weight).into() })
        }
        Policy::Failover { primary } => record_set::Policy::Failover(dns::Failover { primary: *primary }),
        Policy::Multivalue => record_set::Policy::Multivalue(dns::Multivalue {}),
        Policy::Latency { region } => record_set::Policy::Latency(dns::Latency { region: region.clone() }),
        Policy::Geolocation { location } => record_set::Policy::Geolocation(geolocation(location)),
        Policy::Geoproximity { place, bias } => record_set::Policy::Geoproximity(dns::Geoproximity {
            place: Some(point(place)),
            bias: bias.unwrap_or_default().into(),
        }),
        Policy::Cidr { collection_id, location } => record_set::Policy::Cidr(dns::Cidr {
            collection_id: collection_id.clone(),
            location_name: location.clone(),
        }),
    }
}

fn geolocation(location: &Location) -> dns::Geolocation {
    let mut message = dns::Geolocation::default();
    match location {
        Location::Default => message.country_code = "*".to_owned(),
        Location::Continent(code) => message.continent_code = code.clone(),
        Location::Country(code) => message.country_code = code.clone(),
        Location::Subdivision(country, code) => {
            message.country_code = country.clone();
            message.subdivision_code = code.clone();
        }
    }
    message
}

/// Coordinates were checked when the set was made; what cannot be read would lie where the equator meets Greenwich.
fn point(place: &Place) -> geoproximity::Place {
    match place {
        Place::Region(name) => geoproximity::Place::Region(name.clone()),
        Place::LocalZoneGroup(name) => geoproximity::Place::LocalZoneGroup(name.clone()),
        Place::Coordinates(latitude, longitude) => geoproximity::Place::Coordinates(dns::Coordinates {
            latitude_hundredths: hundredths(latitude, 90).unwrap_or_default(),
            longitude_hundredths: hundredths(longitude, 180).unwrap_or_default(),
        }),
    }
}

/// Where an alias leads.
pub(super) fn alias(alias: &Alias) -> dns::Alias {
    dns::Alias { name: alias.name.clone(), evaluate_target_health: alias.evaluate_target_health }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_policies_keep_what_they_say() {
        let coordinates = Place::Coordinates("-33.9".into(), "+151.21".into());
        let geoproximity = policy(&Policy::Geoproximity { place: coordinates, bias: Some(-20) });
        let expected = dns::Geoproximity {
            place: Some(geoproximity::Place::Coordinates(dns::Coordinates {
                latitude_hundredths: -3390,
                longitude_hundredths: 15_121,
            })),
            bias: -20,
        };
        assert_eq!(geoproximity, record_set::Policy::Geoproximity(expected));
        for (location, continent, country, subdivision) in [
            (Location::Default, "", "*", ""),
            (Location::Continent("EU".into()), "EU", "", ""),
            (Location::Country("DE".into()), "", "DE", ""),
            (Location::Subdivision("US".into(), "CA".into()), "", "US", "CA"),
        ] {
            let expected = dns::Geolocation {
                continent_code: continent.into(),
                country_code: country.into(),
                subdivision_code: subdivision.into(),
            };
            assert_eq!(geolocation(&location), expected);
        }
    }
}
