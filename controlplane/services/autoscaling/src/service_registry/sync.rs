use super::{RegistryHealthCheck, RegistryPolicy, ServiceRegistry};
use crate::auto_scaling_group::{AutoScalingGroup, existing, members};
use controlplane_services_ec2::network_interface;
use controlplane_services_kernel::{Context, Reader, ServiceError};
use controlplane_services_route53::health_check::HealthCheckConfig;
use controlplane_services_route53::record_set::{
    Action, RequestedChange, ResourceRecord, ResourceRecordSet, apply_batch,
};
use controlplane_services_route53::{HealthCheck, HostedZone, RecordSet, change, health_check};
use controlplane_types::dns::Name;
use std::collections::{BTreeMap, BTreeSet};

/// Sets of one name and type Route 53 allows.
const MEMBERS_MAX: usize = 100;

/// Members to be registered (instance id to address), and identifiers to be taken out.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Not registered yet, or with another address.
    pub add: BTreeMap<String, String>,
    /// Not in service any more.
    pub remove: BTreeSet<String>,
}

impl Difference {
    /// Everything is as it should be.
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// What the registry of a group lacks.
pub fn difference(name: &str, group: &AutoScalingGroup, reader: &Reader) -> Difference {
    let Some(registry) = &group.service_registry else { return Difference::default() };
    // Without its zone there is nothing to write into.
    if reader.get::<HostedZone>(&registry.hosted_zone_id).is_none() {
        return Difference::default();
    }
    let wanted = if group.deleting { BTreeMap::new() } else { wanted(name, group, reader) };
    let registered = registered(name, registry, reader);
    let add = wanted.iter().filter(|(id, address)| registered.get(*id) != Some(*address));
    let remove = registered.iter().filter(|(id, address)| wanted.get(*id) != Some(*address));
    Difference {
        add: add.map(|(id, address)| (id.clone(), address.clone())).collect(),
        remove: remove.map(|(id, _)| id.clone()).collect(),
    }
}

/// Brings the registry of a group up to date; nothing to do is no change.
pub fn sync(name: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let Some(group) = cx.get::<AutoScalingGroup>(name).cloned() else { return Ok(()) };
    let Some(registry) = group.service_registry.clone() else { return Ok(()) };
    let difference = difference(name, &group, cx);
    write(name, &registry, &difference, cx)
}

/// Takes every member out of the registry of a group.
pub fn clear(name: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let Some(registry) = existing(name, cx)?.service_registry.clone() else { return Ok(()) };
    let remove = registered(name, &registry, cx).into_keys().collect();
    write(name, &registry, &Difference { add: BTreeMap::new(), remove }, cx)
}

fn write(
    group: &str,
    registry: &ServiceRegistry,
    difference: &Difference,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    if difference.is_empty() {
        return Ok(());
    }
    let mut changes = Vec::new();
    let mut checks = Vec::new();
    for id in &difference.remove {
        if let Some(set) = set_of(registry, id, cx) {
            checks.extend(set.health_check_id.clone());
            changes.push(RequestedChange { action: Action::Delete, resource_record_set: ResourceRecordSet::from(set) });
        }
    }
    for (id, address) in &difference.add {
        let health_check_id = match &registry.health_check {
            Some(probe) => Some(create_check(group, id, address, probe, cx)?),
            None => None,
        };
        let resource_record_set = member_set(group, registry, (id, address), health_check_id);
        changes.push(RequestedChange { action: Action::Create, resource_record_set });
    }
    // The batch may be larger than what one request may carry; each part is valid by itself.
    for part in changes.chunks(MEMBERS_MAX) {
        apply_batch(&registry.hosted_zone_id, part, cx)?;
    }
    for check in checks {
        cx.delete::<HealthCheck>(&check);
    }
    change::submit(Some(format!("members of Auto Scaling group {group}")), cx);
    Ok(())
}

fn wanted(name: &str, group: &AutoScalingGroup, reader: &Reader) -> BTreeMap<String, String> {
    let members = members(&reader.view, &reader.key::<AutoScalingGroup>(name), group, reader.now);
    let in_service = members.iter().filter(|member| member.in_service());
    in_service.filter_map(|member| Some((member.id.to_owned(), address(member.id, reader)?))).take(MEMBERS_MAX).collect()
}

/// Where clients reach an instance: its public address if it has one.
fn address(instance_id: &str, reader: &Reader) -> Option<String> {
    let interfaces = network_interface::of_instance(instance_id, reader);
    let first = interfaces.iter().min_by_key(|interface| interface.device_index())?;
    let public = first.public_address.map(|address| address.to_string());
    Some(public.unwrap_or_else(|| first.primary_address().to_string()))
}

/// Members in DNS now, with their address: sets of the name whose identifier is an instance of this group's making.
fn registered(group: &str, registry: &ServiceRegistry, reader: &Reader) -> BTreeMap<String, String> {
    let Ok(name) = Name::parse(&registry.name) else { return BTreeMap::new() };
    let prefix = identifier(group, "");
    let sets = RecordSet::of_name(&registry.hosted_zone_id, &name, reader).filter(|set| set.kind == "A");
    sets.filter_map(|set| {
        let id = set.set_identifier.as_deref()?.strip_prefix(&prefix)?;
        Some((id.to_owned(), set.content.values.first()?.clone()))
    })
    .collect()
}

/// A group's sets are told from everybody else's by their identifier.
fn identifier(group: &str, instance_id: &str) -> String {
    // At most 128 characters: long names of groups are cut, instance ids are unique anyway.
    let group: String = group.chars().take(80).collect();
    format!("{group}/{instance_id}")
}

fn set_of<'r>(registry: &ServiceRegistry, instance_id: &str, reader: &'r Reader) -> Option<&'r RecordSet> {
    let name = Name::parse(&registry.name).ok()?;
    let mut sets = RecordSet::of_name(&registry.hosted_zone_id, &name, reader);
    let ending = format!("/{instance_id}");
    sets.find(|set| set.kind == "A" && set.set_identifier.as_deref().is_some_and(|id| id.ends_with(&ending)))
        .map(|set| set.record)
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
        failover: None,
        multi_value_answer: (!weighted).then_some(true),
        ttl: Some(registry.ttl.into()),
        resource_records: Some(vec![ResourceRecord { value: address.to_owned() }]),
        health_check_id,
    }
}

fn create_check(
    group: &str,
    instance_id: &str,
    address: &str,
    probe: &RegistryHealthCheck,
    cx: &mut Context,
) -> Result<String, ServiceError> {
    let config = HealthCheckConfig {
        ip_address: Some(address.to_owned()),
        port: probe.port.map(i64::from),
        r#type: probe.r#type.clone(),
        resource_path: probe.resource_path.clone(),
        request_interval: Some(probe.request_interval.into()),
        failure_threshold: Some(probe.failure_threshold.into()),
        ..HealthCheckConfig::default()
    };
    health_check::create(&config, &format!("{group}/{instance_id}/{address}"), cx)
}
