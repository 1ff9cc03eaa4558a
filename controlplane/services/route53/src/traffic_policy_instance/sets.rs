//! An instance's record sets come, change and go.

use super::TrafficPolicyInstance;
use super::tree::{self, Site};
use crate::record_set::{Action, GENERATED, OF_INSTANCE, RecordSet, apply_sets};
use crate::traffic_policy::{TrafficPolicyVersion, document};
use crate::{HostedZone, errors, hosted_zone};
use controlplane_services_kernel::{Context, ServiceError};
use controlplane_types::dns::Name;

/// A name an instance can have in a zone.
pub(super) fn name_of(text: &str, zone: &HostedZone) -> Result<String, ServiceError> {
    let invalid = |rule: &str| errors::invalid_input(format!("Name: {text}: {rule}"));
    let name = Name::parse(text).map_err(|error| invalid(error.text()))?;
    if !Name::parse(&zone.name).is_ok_and(|apex| name.is_within(&apex)) {
        return Err(invalid(&format!("it is not in zone {}", zone.name)));
    }
    let name = name.to_string();
    if name.starts_with(GENERATED) {
        return Err(invalid("names like this are for the record sets of traffic policy instances"));
    }
    Ok(name)
}

/// Seconds that values may be kept.
pub(super) fn ttl_of(seconds: i64) -> Result<u32, ServiceError> {
    let fits = u32::try_from(seconds).ok().filter(|ttl| *ttl <= i32::MAX as u32);
    fits.ok_or_else(|| errors::invalid_input(format!("TTL: {seconds} must be from 0 to 2147483647")))
}

/// Puts the sets of `instance` in the place of those that the instance has; of none, if it goes away.
pub(super) fn replace(
    id: &str,
    instance: Option<&TrafficPolicyInstance>,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let old: Vec<RecordSet> =
        cx.find::<RecordSet>(OF_INSTANCE, id).map(|found| found.record.clone()).collect();
    let new = match instance {
        Some(instance) => sets_of(id, instance, cx)?,
        None => Vec::new(),
    };
    let Some(zone_id) = old.iter().chain(&new).next().map(|set| set.zone_id.clone()) else { return Ok(()) };
    let gone = old.into_iter().map(|set| (Action::Delete, set));
    let sets: Vec<_> = gone.chain(new.into_iter().map(|set| (Action::Create, set))).collect();
    apply_sets(&zone_id, &sets, Vec::new(), cx).map_err(|error| errors::invalid_input(error.message))
}

fn sets_of(
    id: &str,
    instance: &TrafficPolicyInstance,
    cx: &mut Context,
) -> Result<Vec<RecordSet>, ServiceError> {
    let tag = cx.random().hex(16);
    let (zone_id, zone) = hosted_zone::existing(&instance.zone_id, cx)?;
    let (policy, number) = (&instance.traffic_policy_id, instance.traffic_policy_version);
    let document = document::read(&TrafficPolicyVersion::existing(policy, number, cx)?.document)?;
    let site = Site {
        zone_id: zone_id.to_owned(),
        zone_name: zone.name.clone(),
        instance_id: id.to_owned(),
        name: instance.name.clone(),
        ttl: instance.ttl,
        tag,
    };
    let sets = tree::sets(&document, &site);
    if let Some(long) = sets.iter().find(|set| Name::parse(&set.name).is_err()) {
        return Err(errors::invalid_input(format!("{}: the zone's name is too long for this", long.name)));
    }
    Ok(sets)
}
