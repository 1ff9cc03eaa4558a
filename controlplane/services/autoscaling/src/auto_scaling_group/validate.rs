use super::ops::shown::TagShape;
use super::{AutoScalingGroup, GroupTag, TemplateChoice};
use crate::errors;
use controlplane_services_ec2::instance::{Instance, State, check_demand};
use controlplane_services_ec2::launch_template::{
    InterfaceSpecification, LaunchTemplateSpecification, resolve,
};
use controlplane_services_ec2::subnet::{self, Subnet};
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_services_native::Region;
use std::collections::BTreeSet;

const MAX_SIZE: i64 = 10_000;
const MAX_TAGS: usize = 50;
/// Characters of a group's name.
pub(super) const MAX_NAME: usize = 255;

/// The group with this name.
pub fn existing<'r>(name: &str, reader: &'r Reader) -> Result<&'r AutoScalingGroup, ServiceError> {
    reader.get::<AutoScalingGroup>(name).ok_or_else(|| errors::group_not_found(name))
}

/// The group with this name, unless it is being deleted.
pub(super) fn changeable<'r>(name: &str, reader: &'r Reader) -> Result<&'r AutoScalingGroup, ServiceError> {
    let group = existing(name, reader)?;
    if group.deleting { Err(errors::pending_delete(name)) } else { Ok(group) }
}

/// The instance with this id, if it is a member of a group, and the name of the group.
pub(crate) fn managed<'r>(id: &str, reader: &'r Reader) -> Result<(String, &'r Instance), ServiceError> {
    let not_found = || errors::instance_not_found(id);
    let instance = reader.get::<Instance>(id).filter(|instance| instance.state != State::Terminated);
    let instance = instance.ok_or_else(not_found)?;
    let name = instance.group.clone().ok_or_else(not_found)?;
    reader.get::<AutoScalingGroup>(&name).map(|_| (name, instance)).ok_or_else(not_found)
}

/// Names become part of keys and tags.
pub(super) fn name(name: &str) -> Result<(), ServiceError> {
    let bad = |c: char| c.is_control() || c == '/' || c == ':';
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(bad) {
        return Err(errors::validation(format!(
            "AutoScalingGroupName: {name:?} must have 1 to {MAX_NAME} characters without '/', ':' and control characters"
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
        return Err(errors::validation(format!(
            "Max bound, {max}, must be greater than or equal to min bound, {min}"
        )));
    }
    let desired = desired.unwrap_or(min);
    if desired < min || desired > max {
        return Err(errors::validation(format!(
            "Desired capacity:{desired} must be between the specified min size:{min} and max size:{max}"
        )));
    }
    Ok((min as u32, max as u32, desired as u32))
}

/// A new desired capacity within the bounds of a group.
pub(super) fn desired_capacity(desired: i64, group: &AutoScalingGroup) -> Result<u32, ServiceError> {
    let (min, max) = (i64::from(group.min_size), i64::from(group.max_size));
    let (side, bound) = match desired {
        _ if desired > max => ("above max", max),
        _ if desired < min => ("below min", min),
        _ => return Ok(desired as u32),
    };
    Err(errors::validation(format!(
        "New SetDesiredCapacity value {desired} is {side} value {bound} for the AutoScalingGroup."
    )))
}

/// The template a request names; it has to exist and to name an image.
pub(super) fn template(
    specification: Option<&LaunchTemplateSpecification>,
    reader: &Reader,
) -> Result<TemplateChoice, ServiceError> {
    let specification = specification.ok_or_else(|| {
        errors::validation(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or \
             MixedInstancesPolicy parameter.",
        )
    })?;
    let resolved = resolve(specification, reader).map_err(|error| errors::validation(error.message))?;
    if resolved.data.image_id.is_none() {
        return Err(errors::validation(
            "You must use a valid fully-formed launch template. It names no image.",
        ));
    }
    if resolved.data.network_interfaces.iter().flatten().any(is_single) {
        return Err(errors::validation(
            "You must use a valid fully-formed launch template. It names a network interface or a private address, \
             which only one instance can have.",
        ));
    }
    let version = specification.version.clone().unwrap_or_else(|| "$Default".to_owned());
    Ok(TemplateChoice { id: resolved.id, version })
}

fn is_single(interface: &InterfaceSpecification) -> bool {
    interface.network_interface_id.is_some()
        || interface.private_ip_address.is_some()
        || interface.private_ip_addresses.as_ref().is_some_and(|addresses| !addresses.is_empty())
}

/// The subnets a request names, or the default subnets of its zones.
pub(super) fn subnets(
    vpc_zone_identifier: Option<&str>,
    availability_zones: Option<&[String]>,
    reader: &Reader,
) -> Result<Vec<String>, ServiceError> {
    let named: Vec<String> = vpc_zone_identifier
        .into_iter()
        .flat_map(|text| text.split(','))
        .map(|id| id.trim().to_owned())
        .collect();
    let mut seen = BTreeSet::new();
    let mut vpcs = BTreeSet::new();
    for id in &named {
        let subnet = reader
            .get::<Subnet>(id)
            .ok_or_else(|| errors::validation(format!("The subnet ID '{id}' does not exist")))?;
        if availability_zones.is_some_and(|zones| !zones.is_empty() && !zones.contains(&subnet.zone)) {
            return Err(errors::validation(format!(
                "The subnet {id} is in none of the given Availability Zones"
            )));
        }
        if !seen.insert(id) {
            return Err(errors::validation(format!("VPCZoneIdentifier: {id} is given twice")));
        }
        vpcs.insert(&subnet.vpc_id);
    }
    if vpcs.len() > 1 {
        return Err(errors::validation("VPCZoneIdentifier: the subnets are not all in one VPC"));
    }
    if !named.is_empty() {
        return Ok(named);
    }
    default_subnets(availability_zones.unwrap_or_default(), reader)
}

fn default_subnets(zones: &[String], reader: &Reader) -> Result<Vec<String>, ServiceError> {
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
            found.ok_or_else(|| {
                errors::validation(format!("No default subnet for availability zone: '{zone}'."))
            })
        })
        .collect()
}

/// Tags of the group `name`.
pub(super) fn tags(name: &str, given: &[TagShape]) -> Result<Vec<GroupTag>, ServiceError> {
    if let Some(tag) = given.iter().find(|tag| !tag.belongs_to(name)) {
        return Err(errors::validation(format!(
            "Tags: {}: ResourceType and ResourceId must be {} and {name}",
            tag.key,
            TagShape::RESOURCE_TYPE
        )));
    }
    let tags: Vec<GroupTag> = given.iter().map(GroupTag::from).collect();
    let mut keys = BTreeSet::new();
    for tag in &tags {
        if tag.key.is_empty() || tag.key.chars().count() > 128 || tag.value.chars().count() > 256 {
            let message = format!("Tags: {:?}: a key has 1 to 128 characters, a value up to 256", tag.key);
            return Err(errors::validation(message));
        }
        check_demand(&tag.key, &tag.value)
            .map_err(|rule| errors::validation(format!("Tags: {}={}: {rule}", tag.key, tag.value)))?;
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return Err(errors::validation(format!(
                "Tags: {}: keys that start with aws: are reserved",
                tag.key
            )));
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
    u32::try_from(seconds).map_err(|_| {
        errors::validation(format!("HealthCheckGracePeriod: {seconds} is not a number of seconds"))
    })
}

/// The only kind of health check served.
pub(super) fn health_check_type(kind: Option<&str>) -> Result<(), ServiceError> {
    match kind {
        None | Some("EC2") => Ok(()),
        Some(other) => {
            Err(errors::validation(format!("HealthCheckType: {other} is not served yet, only EC2 is")))
        }
    }
}
