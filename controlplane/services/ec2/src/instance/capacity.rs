//! Nodes and what is free on them, as the scheduler wants to see them.

use super::demands::Demands;
use super::types::{CPU_MILLIS, Instance, MEMORY_MIB};
use crate::instance_type;
use controlplane_scheduler as scheduler;
use controlplane_services_kernel::{Stored, View};
use controlplane_services_native::node::HELD_BY;
use controlplane_services_native::{Condition, Node};
use controlplane_types::{Key, RegionName, Scope};

/// Every node of a region with what instances left of it.
pub fn nodes(view: &View, region: &RegionName) -> Vec<scheduler::Node> {
    Node::all(view, region).map(|node| with_load(node.key.id(), node.record, view, region)).collect()
}

/// One node with what instances left of it.
pub(super) fn with_load(name: &str, node: &Node, view: &View, region: &RegionName) -> scheduler::Node {
    let scope = Scope::from(region);
    let taken = |tally| u64::try_from(view.tally::<Instance>(&scope, tally, name)).unwrap_or_default();
    let mut free = empty(name, node);
    free.take(taken(CPU_MILLIS), taken(MEMORY_MIB));
    free
}

/// A node as if nothing were on it.
pub(super) fn empty(name: &str, node: &Node) -> scheduler::Node {
    let (vcpus, offered) = (node.capacity.vcpus, node.capacity.allocatable());
    let mut found = scheduler::Node::empty(name, node.zone.as_str(), &node.rack, vcpus, offered.memory_mib);
    found.free.cpu_millis = i64::try_from(offered.cpu_millis).unwrap_or(i64::MAX);
    if let Condition::NotReady { reason, .. } = &node.condition {
        found.not_ready = Some(reason.clone());
    }
    found.cordoned = node.cordon.is_some();
    found.labels = node.labels();
    found.taints = node.taints();
    found.short_of = node.pressures.keys().map(|scarce| scarce.noun().to_owned()).collect();
    found
}

/// What the instance at `key` needs of a node. A type that is no longer known needs nothing it could be refused for.
pub(super) fn request(key: &Key, instance: &Instance, view: &View) -> scheduler::Request {
    let Demands { selector, tolerations } = Demands::of_instance(key, view);
    let size = instance_type::find(&instance.instance_type);
    scheduler::Request {
        vcpus: size.map_or(0, |size| size.vcpus),
        cpu_millis: size.map_or(0, |size| size.cpu_millis),
        memory_mib: size.map_or(0, |size| size.memory_mib),
        zone: Some(instance.zone.clone()),
        group: instance.group.clone(),
        selector,
        tolerations,
        ..scheduler::Request::default()
    }
}

/// Keys of the instances of every account on a node of a region.
pub(super) fn keys_on_node<'v>(
    name: &str,
    view: &'v View,
    region: &RegionName,
) -> impl Iterator<Item = &'v Key> + use<'v> {
    let scope = Scope::from(region);
    view.keys_found::<Instance>(HELD_BY, name).filter(move |key| key.scope() == scope)
}

/// Instances of every account on a node of a region.
pub(super) fn on_node<'v>(
    name: &str,
    view: &'v View,
    region: &RegionName,
) -> impl Iterator<Item = Stored<'v, Instance>> + use<'v> {
    let scope = Scope::from(region);
    view.find::<Instance>(HELD_BY, name).filter(move |instance| instance.key.scope() == scope)
}
