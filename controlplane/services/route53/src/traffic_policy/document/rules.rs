//! Rules: each kind's members, as the routing policies they mean.

use super::members::Members;
use super::read::{Format, name_fits, next};
use super::{Branch, Next};
use crate::record_set::{Location, Place, Policy, check_location, check_place};
use controlplane_services_kernel::ServiceError;
use std::collections::BTreeMap;

pub(super) fn read(rules: Members, format: Format) -> Result<BTreeMap<String, Vec<Branch>>, ServiceError> {
    let mut read = BTreeMap::new();
    for (name, mut rule) in rules.all()? {
        name_fits(&name, &rule)?;
        let branches = branches(&mut rule, format)?;
        rule.done()?;
        read.insert(name, branches);
    }
    Ok(read)
}

fn branches(rule: &mut Members, format: Format) -> Result<Vec<Branch>, ServiceError> {
    let kind = rule.needed("RuleType")?;
    match kind.as_str() {
        "failover" => failover(rule),
        "geo" => items(rule, "Locations", geolocation),
        "latency" => items(rule, "Regions", latency),
        "weighted" => items(rule, "Items", weighted),
        "multivalue" => multivalue(rule),
        "geoproximity" => {
            items(rule, "GeoproximityLocations", move |item: &mut Members| geoproximity(item, format))
        }
        other => Err(rule.invalid(format!("RuleType {other} is not known"))),
    }
}

fn items(
    rule: &mut Members,
    list: &str,
    policy: impl Fn(&mut Members) -> Result<Policy, ServiceError>,
) -> Result<Vec<Branch>, ServiceError> {
    let items = rule.list(list)?;
    items
        .into_iter()
        .map(|mut item| {
            let policy = policy(&mut item)?;
            branch(item, policy)
        })
        .collect()
}

fn branch(mut item: Members, policy: Policy) -> Result<Branch, ServiceError> {
    let branch = Branch {
        policy,
        next: next(&mut item, "RuleReference", "EndpointReference")?,
        evaluate_target_health: item.flag("EvaluateTargetHealth")?,
        health_check_id: item.text("HealthCheck")?.filter(|id| !id.is_empty()),
    };
    item.done()?;
    Ok(branch)
}

fn failover(rule: &mut Members) -> Result<Vec<Branch>, ServiceError> {
    let mut pair = Vec::with_capacity(2);
    for (name, primary) in [("Primary", true), ("Secondary", false)] {
        let item = rule.object(name)?.ok_or_else(|| rule.invalid(format!("{name} is missing")))?;
        pair.push(branch(item, Policy::Failover { primary })?);
    }
    Ok(pair)
}

/// Values only: several answers together cannot be followed further.
fn multivalue(rule: &mut Members) -> Result<Vec<Branch>, ServiceError> {
    let items = rule.list("Items")?;
    items
        .into_iter()
        .map(|mut item| {
            let branch = Branch {
                policy: Policy::Multivalue,
                next: Next::Endpoint(item.needed("EndpointReference")?),
                evaluate_target_health: false,
                health_check_id: item.text("HealthCheck")?.filter(|id| !id.is_empty()),
            };
            item.done()?;
            Ok(branch)
        })
        .collect()
}

fn weighted(item: &mut Members) -> Result<Policy, ServiceError> {
    let weight = item.number::<u8>("Weight")?.ok_or_else(|| item.invalid("Weight is missing"))?;
    Ok(Policy::Weighted { weight })
}

fn latency(item: &mut Members) -> Result<Policy, ServiceError> {
    let region = item.needed("Region")?;
    check_place(&Place::Region(region.clone())).map_err(|problem| item.invalid(problem))?;
    Ok(Policy::Latency { region })
}

fn geolocation(item: &mut Members) -> Result<Policy, ServiceError> {
    let (default, continent) = (item.flag("IsDefault")?, item.text("Continent")?);
    let (country, subdivision) = (item.text("Country")?, item.text("Subdivision")?);
    let location = match (default, continent, country, subdivision) {
        (true, None, None, None) => Location::Default,
        (false, Some(continent), None, None) => Location::Continent(continent),
        (false, None, Some(country), None) => Location::Country(country),
        (false, None, Some(country), Some(part)) => Location::Subdivision(country, part),
        _ => {
            return Err(item.invalid(
                "a location is IsDefault, a Continent, or a Country with or without its Subdivision",
            ));
        }
    };
    check_location(&location).map_err(|problem| item.invalid(problem))?;
    Ok(Policy::Geolocation { location })
}

fn geoproximity(item: &mut Members, format: Format) -> Result<Policy, ServiceError> {
    let place = match format {
        Format::V2015 => place_of_2015(item)?,
        Format::V2023 => place_of_2023(item)?,
    };
    check_place(&place).map_err(|problem| item.invalid(problem))?;
    let bias = item.number::<i8>("Bias")?;
    if bias.is_some_and(|bias| !(-99..=99).contains(&bias)) {
        return Err(item.invalid("Bias must be from -99 to 99"));
    }
    Ok(Policy::Geoproximity { place, bias })
}

/// What AWS puts before the names of its own places.
const OF_AWS: &str = "aws:route53:";

fn place_of_2015(item: &mut Members) -> Result<Place, ServiceError> {
    match (item.text("Region")?, item.text("Latitude")?, item.text("Longitude")?) {
        (Some(region), None, None) => Ok(Place::Region(bare(&region).to_owned())),
        (None, Some(latitude), Some(longitude)) => Ok(Place::Coordinates(latitude, longitude)),
        _ => Err(item.invalid("a location is a Region, or Latitude and Longitude")),
    }
}

fn place_of_2023(item: &mut Members) -> Result<Place, ServiceError> {
    let mut location = item.object("Location")?.ok_or_else(|| item.invalid("Location is missing"))?;
    let kind = location.needed("Type")?;
    let place = match kind.as_str() {
        "Region" => Place::Region(bare(&location.needed("LocationName")?).to_owned()),
        "LocalZone" => Place::LocalZoneGroup(bare(&location.needed("LocationName")?).to_owned()),
        "Coordinate" => Place::Coordinates(location.needed("Latitude")?, location.needed("Longitude")?),
        other => return Err(location.invalid(format!("Type {other} is not known"))),
    };
    location.done()?;
    Ok(place)
}

fn bare(name: &str) -> &str {
    name.strip_prefix(OF_AWS).unwrap_or(name)
}
