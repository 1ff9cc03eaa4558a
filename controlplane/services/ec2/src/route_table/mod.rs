//! Route tables: where packets of a subnet go.
//!
//! Every VPC has one main table; a subnet follows it until it is associated with another. The routes to the
//! VPC's own blocks are not stored: they follow from the VPC and cannot change, so there is nothing to keep
//! in step. Neither is the state of a route: [`state_of`] computes whether its target is there, so a route to
//! a deleted interface or a detached gateway is a black hole at once and comes back with its target.
//!
//! [`in_force`] is what the machines follow.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>

mod columns;
mod manifest;
pub(crate) mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use types::{Association, BY_PREFIX_LIST, Destination, Route, RouteState, RouteTable, Target};

use crate::errors;
use crate::internet_gateway::InternetGateway;
use crate::network_interface::NetworkInterface;
use crate::prefix_list;
use crate::resource;
use crate::subnet::Subnet;
use crate::vpc::Vpc;
use controlplane_services_kernel::quota::ROUTES;
use controlplane_services_kernel::{Context, Reader, ServiceError, Stored};
use ipnet::IpNet;
use std::collections::BTreeMap;

/// The route tables of a VPC, by id.
pub fn of_vpc<'r>(id: &str, cx: &'r Reader) -> impl Iterator<Item = Stored<'r, RouteTable>> + use<'r> {
    cx.find(types::BY_VPC, id)
}

/// The table a subnet was associated with; `None`: it follows the main one.
pub fn of_subnet<'r>(id: &str, cx: &'r Reader) -> Option<Stored<'r, RouteTable>> {
    cx.find(types::BY_SUBNET, id).next()
}

/// The tables with a route to a prefix list, by id.
pub fn leading_to<'r>(
    prefix_list: &str,
    cx: &'r Reader,
) -> impl Iterator<Item = Stored<'r, RouteTable>> + use<'r> {
    cx.find(types::BY_PREFIX_LIST, prefix_list)
}

/// The id of a VPC's main table.
pub fn main_of(vpc_id: &str, cx: &Reader) -> Result<String, ServiceError> {
    let main = of_vpc(vpc_id, cx).find(|table| table.is_main());
    main.map(|table| table.key.id().to_owned())
        .ok_or_else(|| ServiceError::internal(format!("{vpc_id} has no main route table")))
}

/// A route as packets meet it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteInForce {
    /// Where to; the longest prefix decides.
    pub destination: IpNet,
    /// Which way.
    pub way: Way,
}

/// Which way a packet goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Within the VPC.
    Local,
    /// Out, with its address translated.
    InternetGateway,
    /// To this interface.
    NetworkInterface(String),
    /// Nowhere: the target is gone.
    Blackhole,
}

/// The routes a subnet follows, the VPC's own blocks included, in the order of their destinations; each destination
/// once.
///
/// A route to a prefix list is one to each of its blocks. Where these meet others, AWS's order holds: the VPC's own
/// blocks go first, with all that lies in them, then routes to blocks, then lists (of two lists the one with the
/// lower id, which stays so).
pub fn in_force(subnet: &str, cx: &Reader) -> Vec<RouteInForce> {
    let Some(vpc_id) = cx.get::<Subnet>(subnet).map(|subnet| subnet.vpc_id.as_str()) else {
        return Vec::new();
    };
    let table = of_subnet(subnet, cx).or_else(|| of_vpc(vpc_id, cx).find(|table| table.is_main()));
    let local = local_destinations(vpc_id, cx);
    let mut ways: BTreeMap<IpNet, Way> = local.iter().map(|destination| (*destination, Way::Local)).collect();
    // Blocks sort before lists, and the first way to a destination stays.
    for route in table.iter().flat_map(|table| &table.routes) {
        let way = way_of(route, vpc_id, cx);
        for destination in blocks(&route.destination, &local, cx) {
            ways.entry(destination).or_insert_with(|| way.clone());
        }
    }
    ways.into_iter().map(|(destination, way)| RouteInForce { destination, way }).collect()
}

/// The blocks a route is for; of a prefix list those outside the VPC.
fn blocks(destination: &Destination, local: &[IpNet], cx: &Reader) -> Vec<IpNet> {
    match destination {
        Destination::Block(block) => vec![*block],
        Destination::PrefixList(id) => {
            let entries = prefix_list::entries(id, cx).iter().map(|entry| entry.cidr);
            entries.filter(|entry| !local.iter().any(|block| block.contains(entry))).collect()
        }
    }
}

fn way_of(route: &Route, vpc_id: &str, cx: &Reader) -> Way {
    match (state_of(route, vpc_id, cx), &route.target) {
        (RouteState::Blackhole, _) => Way::Blackhole,
        (RouteState::Active, Target::InternetGateway(_)) => Way::InternetGateway,
        (RouteState::Active, Target::NetworkInterface(id)) => Way::NetworkInterface(id.clone()),
    }
}

/// Whether the routes of a table, each with its weight, are as many as AWS's quota allows.
pub(crate) fn check_weight(id: &str, cx: &Reader) -> Result<(), ServiceError> {
    let table = resource::require::<RouteTable>(id, cx)?;
    let weight = |route: &Route| route.destination.prefix_list().map_or(1, |id| prefix_list::weight(id, cx));
    let most = ROUTES.limit(cx);
    match table.routes.iter().map(weight).sum::<usize>() > most {
        true => Err(errors::route_limit_exceeded(most)),
        false => Ok(()),
    }
}

/// Whether the target of a route is there: a gateway attached to the VPC, an interface that an instance
/// holds.
pub fn state_of(route: &Route, vpc_id: &str, cx: &Reader) -> RouteState {
    let active = match &route.target {
        Target::InternetGateway(id) => {
            cx.get::<InternetGateway>(id).is_some_and(|gateway| gateway.vpc_id.as_deref() == Some(vpc_id))
        }
        Target::NetworkInterface(id) => {
            cx.get::<NetworkInterface>(id).is_some_and(|interface| interface.attachment.is_some())
        }
    };
    if active { RouteState::Active } else { RouteState::Blackhole }
}

/// The blocks a VPC's local routes lead to.
pub(crate) fn local_destinations(vpc_id: &str, cx: &Reader) -> Vec<IpNet> {
    cx.get::<Vpc>(vpc_id).map(Vpc::cidrs).unwrap_or_default()
}

/// Makes the main table of a new VPC.
pub(crate) fn create_main(vpc_id: &str, cx: &mut Context) -> String {
    let id = cx.new_id("rtb-");
    let association = Association { id: cx.new_id("rtbassoc-"), subnet_id: None };
    let table = RouteTable { vpc_id: vpc_id.to_owned(), routes: Vec::new(), associations: vec![association] };
    cx.put(&id, table);
    id
}

/// Deletes every table of a VPC that goes away.
pub(crate) fn delete_all_of(vpc_id: &str, cx: &mut Context) {
    let ids: Vec<String> = of_vpc(vpc_id, cx).map(|table| table.key.id().to_owned()).collect();
    for id in ids {
        resource::delete::<RouteTable>(&id, cx);
    }
}

/// Ends the association of a subnet that goes away.
pub(crate) fn forget_subnet(subnet_id: &str, cx: &mut Context) {
    let Some((id, mut table)) = of_subnet(subnet_id, cx).map(owned) else { return };
    table.associations.retain(|association| association.subnet_id.as_deref() != Some(subnet_id));
    cx.put(&id, table);
}

/// The table with an association, and the association.
pub(crate) fn with_association(
    id: &str,
    cx: &Reader,
) -> Result<(String, RouteTable, Association), ServiceError> {
    let missing = || errors::association_not_found(id);
    let (table_id, table) = cx.find(types::BY_ASSOCIATION, id).next().map(owned).ok_or_else(missing)?;
    let association = table.associations.iter().find(|association| association.id == id).cloned();
    Ok((table_id, table, association.ok_or_else(missing)?))
}

fn owned(stored: Stored<'_, RouteTable>) -> (String, RouteTable) {
    (stored.key.id().to_owned(), stored.record.clone())
}
