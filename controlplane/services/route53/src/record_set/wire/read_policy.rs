use super::read::POLICIES;
use super::{GeoLocation, GeoProximityLocation, ResourceRecordSet};
use crate::record_set::{Action, Location, Place, Policy, hundredths};
use controlplane_types::dns::geography;

impl ResourceRecordSet {
    /// The policy its members choose; members that contradict each other make the request invalid.
    pub(super) fn read_policy(&self, action: Action) -> Result<Policy, String> {
        let mut chosen = [
            self.weight.map(weighted),
            self.region.as_deref().map(latency),
            self.failover.as_deref().map(failover),
            self.geo_location.as_ref().map(geolocation),
            self.multi_value_answer.filter(|on| *on).map(|_| Ok(Policy::Multivalue)),
            self.geo_proximity_location.as_ref().map(geoproximity),
            self.cidr_routing_config.as_ref().map(|config| {
                Ok(Policy::Cidr {
                    collection_id: config.collection_id.clone(),
                    location: config.location_name.clone(),
                })
            }),
        ]
        .into_iter()
        .flatten();
        let policy = chosen.next().unwrap_or(Ok(Policy::Simple))?;
        if chosen.next().is_some() {
            return Err(format!(
                "Invalid request: Expected exactly one of {POLICIES}, but found more than one {}",
                self.in_change(action)
            ));
        }
        self.check_identifier(&policy, action)?;
        Ok(policy)
    }
}

fn weighted(weight: i64) -> Result<Policy, String> {
    let weight =
        u8::try_from(weight).map_err(|_| format!("Invalid Weight: {weight} must be from 0 to 255"))?;
    Ok(Policy::Weighted { weight })
}

fn latency(region: &str) -> Result<Policy, String> {
    if geography::region_number(region).is_none() {
        return Err(format!("Invalid Region: {region} is not a region of AWS"));
    }
    Ok(Policy::Latency { region: region.to_owned() })
}

fn failover(role: &str) -> Result<Policy, String> {
    match role {
        "PRIMARY" => Ok(Policy::Failover { primary: true }),
        "SECONDARY" => Ok(Policy::Failover { primary: false }),
        _ => Err(format!("Invalid Failover: {role} must be PRIMARY or SECONDARY")),
    }
}

fn geolocation(given: &GeoLocation) -> Result<Policy, String> {
    let member = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let codes = (member(&given.continent_code), member(&given.country_code), member(&given.subdivision_code));
    let location = match codes {
        (Some(continent), None, None) => Location::Continent(continent),
        (Some(_), _, _) => {
            return Err(
                "Invalid GeoLocation: ContinentCode cannot be used together with CountryCode or SubdivisionCode"
                    .to_owned(),
            );
        }
        (None, Some(country), None) if country == geography::DEFAULT_COUNTRY => Location::Default,
        (None, Some(country), None) => Location::Country(country),
        (None, Some(country), Some(subdivision)) => Location::Subdivision(country, subdivision),
        (None, None, Some(_)) => {
            return Err("Invalid GeoLocation: SubdivisionCode needs CountryCode".to_owned());
        }
        (None, None, None) => {
            return Err("Invalid GeoLocation: ContinentCode or CountryCode must be given".to_owned());
        }
    };
    check_location(&location)?;
    Ok(Policy::Geolocation { location })
}

fn geoproximity(given: &GeoProximityLocation) -> Result<Policy, String> {
    let place = match (&given.aws_region, &given.local_zone_group, &given.coordinates) {
        (Some(region), None, None) => Place::Region(region.clone()),
        (None, Some(group), None) => Place::LocalZoneGroup(group.clone()),
        (None, None, Some(point)) => Place::Coordinates(point.latitude.clone(), point.longitude.clone()),
        _ => {
            return Err(
                "Invalid GeoProximityLocation: exactly one of AWSRegion, LocalZoneGroup and Coordinates must be given"
                    .to_owned(),
            );
        }
    };
    check_place(&place)?;
    let bias = given.bias.map(|bias| {
        i8::try_from(bias)
            .ok()
            .filter(|bias| (-99..=99).contains(bias))
            .ok_or_else(|| format!("Invalid Bias: {bias} must be from -99 to 99"))
    });
    Ok(Policy::Geoproximity { place, bias: bias.transpose()? })
}

/// Whether Route 53 has records for that part of the world.
pub(crate) fn check_location(location: &Location) -> Result<(), String> {
    let known = match location {
        Location::Default => true,
        Location::Continent(code) => geography::continent(code).is_some(),
        Location::Country(code) => geography::country_of(code).is_some(),
        Location::Subdivision(country, code) => {
            country == geography::SUBDIVIDED_COUNTRY && geography::subdivision_of(code).is_some()
        }
    };
    if known { Ok(()) } else { Err(format!("Invalid GeoLocation: there is no {}", location.text())) }
}

/// Whether something here knows where that is.
pub(crate) fn check_place(place: &Place) -> Result<(), String> {
    match place {
        Place::Region(region) if geography::region_number(region).is_none() => {
            Err(format!("Invalid AWSRegion: {region} is not a region of AWS"))
        }
        Place::LocalZoneGroup(group) if geography::local_zone_group_at(group).is_none() => {
            Err(format!("Invalid LocalZoneGroup: {group} is not a known local zone group"))
        }
        Place::Coordinates(latitude, _) if hundredths(latitude, 90).is_none() => {
            Err(format!("Invalid Latitude: {latitude} is not from -90 to 90 with up to two decimals"))
        }
        Place::Coordinates(_, longitude) if hundredths(longitude, 180).is_none() => {
            Err(format!("Invalid Longitude: {longitude} is not from -180 to 180 with up to two decimals"))
        }
        _ => Ok(()),
    }
}
