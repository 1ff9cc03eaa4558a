use super::{AutoScalingGroup, GroupTag, TemplateChoice};
use crate::errors;
use controlplane_services_ec2::launch_template::{LaunchTemplateSpecification, resolve};
use controlplane_services_ec2::subnet::{self, Subnet};
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_services_native::Region;
use std::collections::BTreeSet;

const MAX_SIZE: i64 = 10_000;
const MAX_TAGS: usize = 50;

/// The group with this name.
pub fn existing<'r>(name: &str, reader: &'r Reader) -> Result<&'r AutoScalingGroup, ServiceError> {
    reader.get::<AutoScalingGroup>(name).ok_or_else(|| errors::group_not_found(name))
}

/// Names become part of keys and tags.
pub(super) fn name(name: &str) -> Result<(), ServiceError> {
    let bad = |c: char| c.is_control() || c == '/' || c == ':';
    if name.is_empty() || name.len() > 255 || name.chars().any(bad) {
        return Err(errors::validation(format!(
            "AutoScalingGroupName: {name:?} must have 1 to 255 characters without '/', ':' and control characters"
        )));
    }
    Ok(())
}

/// Sizes that fit together: minimum, maximum, desired.
pub(super) fn sizes(min: i64, max: i64, desired: Option<i64>) -> Result<(u32, u32, u32), ServiceError> {
    for (field, size) in [("MinSize", min), ("MaxSize", max)] {
        if !(0..=MAX_SIZE).contains(&size) {
            return Err(errors::validation(format!("{field}: {size} is not from 0 to {MAX_SIZE}")));
        }
    }
    if min > max {
        return Err(errors::validation("Max bound, MaxSize, must be greater than or equal to min bound, MinSize"));
    }
    let desired = desired.unwrap_or(min);
    if desired < min || desired > max {
        return Err(errors::validation(format!(
            "Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}"
        )));
    }
    Ok((min as u32, max as u32, desired as u32))
}

/// The template a request names; it has to exist and to name an image.
pub(super) fn template(
    specification: Option<&LaunchTemplateSpecification>,
    reader: &Reader,
) -> Result<TemplateChoice, ServiceError> {
    let specification = specification.ok_or_else(|| {
        errors::validation("Valid requests must contain the LaunchTemplate parameter; other sources are not served")
    })?;
    let resolved = resolve(specification, reader).map_err(|error| errors::validation(error.message))?;
    if resolved.data.image_id.is_none() {
        return Err(errors::validation("You must use a valid fully-formed launch template. It names no image."));
    }
    let version = specification.version.clone().unwrap_or_else(|| "$Default".to_owned());
    Ok(TemplateChoice { id: resolved.id, version })
}

/// The subnets a request names, or the default subnets of its zones.
pub(super) fn subnets(
    vpc_zone_identifier: Option<&str>,
    availability_zones: Option<&[String]>,
    reader: &Reader,
) -> Result<Vec<String>, ServiceError> {
    let named: Vec<String> =
        vpc_zone_identifier.into_iter().flat_map(|text| text.split(',')).map(|id| id.trim().to_owned()).collect();
    let mut seen = BTreeSet::new();
    for id in &named {
        let subnet = reader.get::<Subnet>(id).ok_or_else(|| {
            errors::validation(format!("The subnet ID '{id}' does not exist"))
        })?;
        if availability_zones.is_some_and(|zones| !zones.is_empty() && !zones.contains(&subnet.zone)) {
            return Err(errors::validation(format!("The subnet {id} is in none of the given Availability Zones")));
        }
        if !seen.insert(id) {
            return Err(errors::validation(format!("VPCZoneIdentifier: {id} is given twice")));
        }
    }
    if !named.is_empty() {
        return Ok(named);
    }
    let zones = availability_zones.unwrap_or_default();
    if zones.is_empty() {
        return Err(errors::validation("At least one Availability Zone or VPC Subnet is required."));
    }
    let region = Region::current(reader)?;
    zones
        .iter()
        .map(|zone| {
            if region.zone(zone).is_none() {
                return Err(errors::validation(format!("Invalid availability zone: {zone}")));
            }
            let found = subnet::default_in(zone, reader).map(|subnet| subnet.key.id().to_owned());
            found.ok_or_else(|| errors::validation(format!("No default subnet for availability zone: '{zone}'.")))
        })
        .collect()
}

/// Tags of a group.
pub(super) fn tags(tags: Vec<GroupTag>) -> Result<Vec<GroupTag>, ServiceError> {
    let mut keys = BTreeSet::new();
    for tag in &tags {
        if tag.key.is_empty() || tag.key.chars().count() > 128 || tag.value.chars().count() > 256 {
            return Err(errors::validation(format!("Tags: {:?}: a key has 1 to 128 characters, a value up to 256", tag.key)));
        }
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return Err(errors::validation(format!("Tags: {}: keys that start with aws: are reserved", tag.key)));
        }
        if !keys.insert(tag.key.clone()) {
            return Err(errors::validation(format!("Tags: {} is given twice", tag.key)));
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(errors::validation(format!("Tags: more than {MAX_TAGS}")));
    }
    Ok(tags)
}

/// Seconds of grace.
pub(super) fn grace(seconds: i64) -> Result<u32, ServiceError> {
    u32::try_from(seconds)
        .map_err(|_| errors::validation(format!("HealthCheckGracePeriod: {seconds} is not a number of seconds")))
}

/// The only kind of health check served.
pub(super) fn health_check_type(kind: Option<&str>) -> Result<(), ServiceError> {
    match kind {
        None | Some("EC2") => Ok(()),
        Some(other) => Err(errors::validation(format!("HealthCheckType: {other} is not served yet, only EC2 is"))),
    }
}
