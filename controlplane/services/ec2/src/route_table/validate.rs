use super::{Destination, RouteTable, Target, local_destinations};
use crate::internet_gateway::InternetGateway;
use crate::network_interface::{self, NetworkInterface};
use crate::prefix_list::{self, Family};
use crate::resource::{check_id, require};
use crate::vpc::{canonical_ipv4, canonical_ipv6};
use crate::{errors, subnet};
use controlplane_services_kernel::{Reader, ServiceError};
use ipnet::IpNet;

/// How a request names a route's destination and target.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RouteMembers<'a> {
    pub(super) destination_cidr_block: Option<&'a str>,
    pub(super) destination_ipv6_cidr_block: Option<&'a str>,
    pub(super) destination_prefix_list_id: Option<&'a str>,
    pub(super) gateway_id: Option<&'a str>,
    pub(super) network_interface_id: Option<&'a str>,
    pub(super) instance_id: Option<&'a str>,
}

impl RouteMembers<'_> {
    /// The one destination.
    pub(super) fn destination(&self) -> Result<Destination, ServiceError> {
        let block = |net| Ok(Destination::Block(net));
        match (self.destination_cidr_block, self.destination_ipv6_cidr_block, self.destination_prefix_list_id)
        {
            (Some(text), None, None) => block(IpNet::V4(canonical_ipv4(text, "destinationCidrBlock")?)),
            (None, Some(text), None) => block(IpNet::V6(canonical_ipv6(text, "destinationIpv6CidrBlock")?)),
            (None, None, Some(id)) => {
                check_id(&errors::PREFIX_LIST, id)?;
                Ok(Destination::PrefixList(id.to_owned()))
            }
            _ => Err(errors::one_destination()),
        }
    }

    /// The one target; it has to exist.
    pub(super) fn target(&self, cx: &Reader) -> Result<Target, ServiceError> {
        match (self.gateway_id, self.network_interface_id, self.instance_id) {
            (Some(id), None, None) if id.starts_with("igw-") => Ok(Target::InternetGateway(id.to_owned())),
            (Some(id), None, None) => Err(errors::gateway_not_served(id)),
            (None, Some(id), None) => Ok(Target::NetworkInterface(id.to_owned())),
            (None, None, Some(id)) => only_interface(id, cx).map(Target::NetworkInterface),
            _ => Err(errors::one_route_target()),
        }
    }
}

fn only_interface(instance_id: &str, cx: &Reader) -> Result<String, ServiceError> {
    let found = network_interface::of_instance(instance_id, cx);
    match found.as_slice() {
        [] => Err(errors::not_found(&errors::INSTANCE, instance_id)),
        [only] => Ok(only.key.id().to_owned()),
        _ => Err(errors::instance_has_several_interfaces(instance_id)),
    }
}

/// Whether a route of `table` to `destination` may lead to `target`.
pub(super) fn route(
    table_id: &str,
    table: &RouteTable,
    destination: &Destination,
    target: &Target,
    cx: &Reader,
) -> Result<(), ServiceError> {
    let (id, words, vpc_id) = match target {
        Target::InternetGateway(id) => {
            (id, "network gateway", require::<InternetGateway>(id, cx)?.vpc_id.as_ref())
        }
        Target::NetworkInterface(id) => (id, "interface", Some(&require::<NetworkInterface>(id, cx)?.vpc_id)),
    };
    if vpc_id != Some(&table.vpc_id) {
        return Err(errors::different_networks(("route table", table_id), (words, id)));
    }
    let is_ipv6 = match destination {
        Destination::Block(block) => matches!(block, IpNet::V6(_)),
        Destination::PrefixList(list) => prefix_list::require(list, cx)?.family == Family::Ipv6,
    };
    if is_ipv6 && matches!(target, Target::InternetGateway(_)) {
        return Err(errors::ipv6_through_gateway(destination));
    }
    match destination {
        Destination::Block(block) => within_vpc(table, block, target, cx),
        Destination::PrefixList(_) => Ok(()),
    }
}

/// Whether a route would lead where the VPC's own blocks are, which nothing changes.
pub(super) fn is_local(destination: &Destination, vpc_id: &str, cx: &Reader) -> bool {
    match destination {
        Destination::Block(block) => local_destinations(vpc_id, cx).contains(block),
        Destination::PrefixList(_) => false,
    }
}

/// Inside the VPC only the whole block of a subnet can be led elsewhere, and only through an interface.
fn within_vpc(
    table: &RouteTable,
    destination: &IpNet,
    target: &Target,
    cx: &Reader,
) -> Result<(), ServiceError> {
    let local = local_destinations(&table.vpc_id, cx);
    if !local.iter().any(|block| block.contains(destination)) {
        return Ok(());
    }
    if matches!(target, Target::InternetGateway(_)) {
        return Err(errors::route_inside_vpc(destination));
    }
    if !subnet::of_vpc(&table.vpc_id, cx).any(|subnet| subnet.cidrs().contains(destination)) {
        return Err(errors::route_not_a_subnet(destination));
    }
    Ok(())
}
