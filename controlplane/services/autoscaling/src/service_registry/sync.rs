use super::{RegistryHealthCheck, RegistryPolicy, ServiceRegistry};
use crate::auto_scaling_group::{AutoScalingGroup, existing, members};
use controlplane_services_ec2::network_interface;
use controlplane_services_kernel::{Context, Reader, ServiceError};
use controlplane_services_route53::record_set::{
    Action, Policy, RequestedChange, ResourceRecord, ResourceRecordSet, apply_batch,
};
use controlplane_services_route53::{HealthCheck, HostedZone, RecordSet, change, health_check};
use controlplane_types::dns::Name;
use std::collections::BTreeMap;

/// Sets of one name and type Route 53 allows.
const MEMBERS_MAX: usize = 100;

/// What a registry lacks and has too much.
#[derive(Debug, Default, PartialEq)]
pub struct Difference {
    /// Instance ids and addresses of members that do not stand in DNS as they should.
    pub add: BTreeMap<String, String>,
    /// Sets of members that are not in service any more, or do not stand as they should.
    pub remove: Vec<RecordSet>,
}

impl Difference {
    /// Everything is as it should be.
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// What has to change in the registry of the group `name`.
pub fn difference(name: &str, group: &AutoScalingGroup, reader: &Reader) -> Difference {
    let Some(registry) = &group.service_registry else { return Difference::default() };
    // Without its zone there is nothing to write into.
    if reader.get::<HostedZone>(&registry.hosted_zone_id).is_none() {
        return Difference::default();
    }
    let mut add = if group.deleting { BTreeMap::new() } else { wanted(name, group, reader) };
    let mut remove = Vec::new();
    for (id, set) in registered(name, registry, reader) {
        if add.get(&id).is_some_and(|address| stands_right(&set, address, registry, reader)) {
            add.remove(&id);
        } else {
            remove.push(set);
        }
    }
    Difference { add, remove }
}

/// Brings the registry of a group up to date; nothing to do is no change.
///
/// A member that cannot be put in keeps no other from coming or going. It fails the call that has nothing else to do.
pub fn sync(name: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let Some(group) = cx.get::<AutoScalingGroup>(name).cloned() else { return Ok(()) };
    let Some(registry) = &group.service_registry else { return Ok(()) };
    let difference = difference(name, &group, cx);
    take_out(name, registry, &difference.remove, cx)?;
    let (mut changed, mut failure) = (!difference.remove.is_empty(), None);
    for (id, address) in &difference.add {
        match cx.attempt(|cx| put_in(name, registry, (id, address), cx)) {
            Ok(()) => changed = true,
            Err(error) => failure = Some(error),
        }
    }
    if changed {
        submit(name, cx);
        return Ok(());
    }
    failure.map_or(Ok(()), Err)
}

/// [`sync`] inside another operation, which goes ahead whatever comes of it: the registry's controller tries again.
pub fn sync_along(name: &str, cx: &mut Context) {
    let _ = cx.attempt(|cx| sync(name, cx));
}

/// Takes every member out of the registry of a group.
pub fn clear(name: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let Some(registry) = existing(name, cx)?.service_registry.clone() else { return Ok(()) };
    let sets: Vec<RecordSet> = registered(name, &registry, cx).into_values().collect();
    if sets.is_empty() {
        return Ok(());
    }
    take_out(name, &registry, &sets, cx)?;
    submit(name, cx);
    Ok(())
}

fn submit(group: &str, cx: &mut Context) {
    change::submit(Some(format!("members of Auto Scaling group {group}")), cx);
}

fn take_out(
    group: &str,
    registry: &ServiceRegistry,
    sets: &[RecordSet],
    cx: &mut Context,
) -> Result<(), ServiceError> {
    if sets.is_empty() {
        return Ok(());
    }
    let delete =
        |set: &RecordSet| RequestedChange { action: Action::Delete, resource_record_set: set.into() };
    let changes: Vec<RequestedChange> = sets.iter().map(delete).collect();
    apply_batch(&registry.hosted_zone_id, &changes, cx)?;
    for check in sets.iter().filter_map(|set| set.health_check_id.as_deref()) {
        // Somebody may have put a check of their own in its place.
        let own = identifier(group, "");
        if cx.get::<HealthCheck>(check).is_some_and(|check| check.caller_reference.starts_with(&own)) {
            health_check::delete(check, cx)?;
        }
    }
    Ok(())
}

fn put_in(
    group: &str,
    registry: &ServiceRegistry,
    (id, address): (&str, &str),
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let health_check_id = match &registry.health_check {
        Some(probe) => Some(create_check(group, id, address, probe, cx)?),
        None => None,
    };
    let resource_record_set = member_set(group, registry, (id, address), health_check_id);
    let change = RequestedChange { action: Action::Create, resource_record_set };
    apply_batch(&registry.hosted_zone_id, &[change], cx)
}

fn wanted(name: &str, group: &AutoScalingGroup, reader: &Reader) -> BTreeMap<String, String> {
    let members = members(&reader.view, &reader.key::<AutoScalingGroup>(name), group, reader.now);
    let in_service = members.iter().filter(|member| member.in_service());
    let addresses = in_service.filter_map(|member| Some((member.id.to_owned(), address(member.id, reader)?)));
    addresses.take(MEMBERS_MAX).collect()
}

/// Where clients reach an instance: its public address if it has one.
fn address(instance_id: &str, reader: &Reader) -> Option<String> {
    let interfaces = network_interface::of_instance(instance_id, reader);
    let first = interfaces.iter().min_by_key(|interface| interface.device_index())?;
    let public = first.primary_public_address().map(|address| address.to_string());
    Some(public.unwrap_or_else(|| first.primary_address().to_string()))
}

/// Members in DNS now: sets of the name whose identifier is of this group's making.
fn registered(group: &str, registry: &ServiceRegistry, reader: &Reader) -> BTreeMap<String, RecordSet> {
    let Ok(name) = Name::parse(&registry.name) else { return BTreeMap::new() };
    let prefix = identifier(group, "");
    let sets = RecordSet::of_name(&registry.hosted_zone_id, &name, reader).filter(|set| set.kind == "A");
    sets.filter_map(|set| {
        let id = set.set_identifier.as_deref()?.strip_prefix(&prefix)?.to_owned();
        Some((id, set.record.clone()))
    })
    .collect()
}

/// See the module for what is left as it is.
fn stands_right(set: &RecordSet, address: &str, registry: &ServiceRegistry, reader: &Reader) -> bool {
    let checked = set.health_check_id.as_deref().is_some_and(|id| reader.get::<HealthCheck>(id).is_some());
    let weighted = matches!(set.policy, Policy::Weighted { .. });
    set.content.values == [address]
        && weighted == (registry.routing_policy == RegistryPolicy::Weighted)
        && checked == registry.health_check.is_some()
}

/// A group's sets are told from everybody else's by their identifier. Names of groups have no `/`.
fn identifier(group: &str, instance_id: &str) -> String {
    format!("{group}/{instance_id}")
}

fn member_set(
    group: &str,
    registry: &ServiceRegistry,
    (instance_id, address): (&str, &str),
    health_check_id: Option<String>,
) -> ResourceRecordSet {
    let weighted = registry.routing_policy == RegistryPolicy::Weighted;
    ResourceRecordSet {
        name: registry.name.clone(),
        r#type: "A".to_owned(),
        set_identifier: Some(identifier(group, instance_id)),
        weight: weighted.then_some(1),
        multi_value_answer: (!weighted).then_some(true),
        ttl: Some(registry.ttl.into()),
        resource_records: Some(vec![ResourceRecord { value: address.to_owned() }]),
        health_check_id,
        ..ResourceRecordSet::default()
    }
}

/// The check of a member; one left from a set that was taken out by hand makes room first.
fn create_check(
    group: &str,
    instance_id: &str,
    address: &str,
    probe: &RegistryHealthCheck,
    cx: &mut Context,
) -> Result<String, ServiceError> {
    let reference = identifier(group, instance_id);
    let left = cx.list::<HealthCheck>().find(|check| check.caller_reference == reference);
    if let Some(id) = left.map(|check| check.key.id().to_owned()) {
        health_check::delete(&id, cx)?;
    }
    health_check::create(&probe.config(address), &reference, cx)
}
