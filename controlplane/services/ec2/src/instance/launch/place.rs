//! Which subnet an instance goes to, and whether any node there could ever take it.

use super::Launch;
use crate::instance::capacity;
use crate::instance::demands::Demands;
use crate::instance_type::InstanceType;
use crate::launch_template::InterfaceSpecification;
use crate::network_interface::NetworkInterface;
use crate::resource::require;
use crate::subnet::{self, Subnet};
use crate::{errors, vpc};
use controlplane_scheduler as scheduler;
use controlplane_services_kernel::{Context, Reader, ServiceError, Stored};
use controlplane_services_native::{Node, Region};

/// The subnet of the first interface: the existing interface's, the one named, or a default subnet.
pub(super) fn subnet_id(
    launch: &Launch,
    first: Option<&InterfaceSpecification>,
    size: &InstanceType,
    demands: &Demands,
    cx: &Context,
) -> Result<String, ServiceError> {
    let existing = first.and_then(|first| first.network_interface_id.as_deref());
    let named = first.and_then(|first| first.subnet_id.clone()).or_else(|| launch.subnet_id.clone());
    let zone = zone(launch, cx)?;
    let id = match (existing, named) {
        (Some(interface), _) => require::<NetworkInterface>(interface, cx)?.subnet_id.clone(),
        (None, Some(id)) => id,
        (None, None) => default_subnet(zone, size, demands, launch.min_count, cx)?,
    };
    let subnet = require::<Subnet>(&id, cx)?;
    match zone.filter(|zone| *zone != subnet.zone) {
        Some(zone) => Err(errors::subnet_in_other_zone(&id, &subnet.zone, zone)),
        None => Ok(id),
    }
}

/// The zone the caller asks for, which has to exist.
fn zone<'l>(launch: &'l Launch, cx: &Reader) -> Result<Option<&'l str>, ServiceError> {
    let zone = launch.data.placement.as_ref().and_then(|placement| placement.availability_zone.as_deref());
    match zone.filter(|zone| Region::current(cx).is_ok_and(|region| region.zone(zone).is_none())) {
        Some(unknown) => Err(errors::no_such_zone(unknown)),
        None => Ok(zone),
    }
}

/// The default subnet of the zone asked for, or of the zone where most of the nodes that could take the instance now
/// are; of zones alike, the first. One without an address for each of `count` instances is the last resort.
fn default_subnet(
    zone: Option<&str>,
    size: &InstanceType,
    demands: &Demands,
    count: u32,
    cx: &Reader,
) -> Result<String, ServiceError> {
    let vpc_id = vpc::default_of(cx).ok_or_else(errors::no_default_vpc)?;
    let defaults = subnet::of_vpc(&vpc_id, cx).filter(|found| found.default_for_az);
    let wanted: Vec<_> = defaults.filter(|found| zone.is_none_or(|zone| found.zone == zone)).collect();
    let nodes = capacity::nodes(&cx.view, &cx.caller.region);
    let room = |found: &Subnet| {
        let Demands { selector, tolerations } = demands.clone();
        let request = scheduler::Request { selector, tolerations, ..request(size, &found.zone) };
        nodes.iter().filter(|node| scheduler::refusals(node, &request).is_empty()).count()
    };
    let is_full = |found: &Stored<'_, Subnet>| {
        subnet::available_addresses(found.key.id(), found.record, cx) < count as usize
    };
    let best = wanted
        .iter()
        .min_by_key(|found| (is_full(found), std::cmp::Reverse(room(found)), found.zone.clone()));
    best.map(|found| found.key.id().to_owned())
        .ok_or_else(|| errors::no_default_subnet(zone.unwrap_or_default()))
}

/// Refuses a type that is bigger than every node of the zone. A zone without nodes refuses nothing: they may come.
pub(super) fn fits_some_node(size: &InstanceType, zone: &str, cx: &Reader) -> Result<(), ServiceError> {
    let request = request(size, zone);
    let nodes = Node::all(&cx.view, &cx.caller.region).filter(|node| node.zone.as_str() == zone);
    let mut nodes: Vec<scheduler::Node> =
        nodes.map(|node| capacity::empty(node.key.id(), node.record)).collect();
    for node in &mut nodes {
        // A node that is away may come back, one that is cordoned be opened, and what else keeps things off it pass.
        node.not_ready = None;
        node.cordoned = false;
        node.taints.clear();
        node.short_of.clear();
    }
    let refusals: Vec<String> =
        scheduler::explain(&nodes, &request).iter().map(ToString::to_string).collect();
    if !nodes.is_empty() && refusals.len() == nodes.len() {
        return Err(errors::type_too_big(&size.name, zone, &refusals));
    }
    Ok(())
}

fn request(size: &InstanceType, zone: &str) -> scheduler::Request {
    scheduler::Request {
        vcpus: size.vcpus,
        cpu_millis: size.cpu_millis,
        memory_mib: size.memory_mib,
        zone: Some(zone.to_owned()),
        ..scheduler::Request::default()
    }
}
