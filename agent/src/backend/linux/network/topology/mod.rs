//! The desired networks in types of our own: the only place that reads the contract's strings.
//!
//! An object that cannot be (an address outside its subnet, a public address given twice) is left out and reported;
//! everything else goes on. Left out always means *less* reachable: a rule that cannot be read admits nobody.

mod parse;
mod security;
#[cfg(test)]
mod tests;

pub(super) use security::{Group, GroupRule, ICMP, ICMPV6, Peer, Traffic};

use super::names::Mac;
use crate::backend::{AttachedInterface, BackendError, NetworkState};
use controlplane_proto::agent as proto;
use ipnet::{IpNet, Ipv4Net};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// An object and why it cannot be made real.
pub(super) type Problem = (proto::ObjectKey, BackendError);

/// Every VPC that the machine was told about, and what was wrong with the telling.
#[derive(Debug, Default)]
pub(super) struct Topology {
    pub(super) vpcs: BTreeMap<String, Vpc>,
    pub(super) problems: Vec<Problem>,
}

/// A VPC with everything in it.
#[derive(Debug, Default)]
pub(super) struct Vpc {
    pub(super) vni: u32,
    pub(super) cidrs: Vec<IpNet>,
    pub(super) gateway: Option<Gateway>,
    pub(super) subnets: BTreeMap<String, Subnet>,
    pub(super) groups: BTreeMap<String, Group>,
    /// Those on this machine.
    pub(super) interfaces: BTreeMap<String, Interface>,
    /// Those on others.
    pub(super) neighbors: BTreeMap<String, Neighbor>,
}

/// The internet gateway of a VPC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gateway {
    /// Where public addresses come from. The host itself has the first address of the range on its uplinks; what
    /// nobody has is unreachable instead of leaving by the host's default route.
    pub(super) public: Ipv4Net,
}

impl Gateway {
    /// The host's address on its uplinks.
    pub(super) fn host_address(self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.public.network()).wrapping_add(1))
    }
}

/// A subnet and the route table in force.
#[derive(Debug)]
pub(super) struct Subnet {
    pub(super) cidrs: Vec<IpNet>,
    pub(super) routes: Vec<(IpNet, Target)>,
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Local,
    InternetGateway,
    Interface(String),
    Blackhole,
}

/// An interface of an instance on this machine.
#[derive(Clone, Debug)]
pub(super) struct Interface {
    /// The router's end of its link.
    pub(super) link: String,
    pub(super) mac: Mac,
    pub(super) subnet_id: String,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) groups: Vec<String>,
    /// Whether packets with other sources are dropped.
    pub(super) checked: bool,
    /// Private to public, as far as its subnet has a route to the internet gateway.
    pub(super) public: BTreeMap<Ipv4Addr, Ipv4Addr>,
    pub(super) instance_id: String,
    pub(super) device_index: u32,
}

/// An interface on another machine.
#[derive(Debug)]
pub(super) struct Neighbor {
    pub(super) addresses: Vec<IpAddr>,
    pub(super) underlay: IpAddr,
}

impl Topology {
    /// Reads the contract. `underlay` is this machine's own address, without which there are no neighbours.
    pub(super) fn new(state: &NetworkState, underlay: Option<IpAddr>) -> Self {
        let mut topology = Self::default();
        topology.add("vpc", &state.vpcs, parse::add_vpc);
        topology.add("subnet", &state.subnets, parse::add_subnet);
        topology.add("security_group", &state.security_groups, security::add_group);
        let mut taken = parse::Taken::default();
        topology.add(
            "network_interface",
            &state.interfaces,
            |topology, id, interface: &AttachedInterface| {
                parse::add_interface(topology, id, interface, &mut taken)
            },
        );
        topology.add("neighbor", &state.neighbors, |topology, id, neighbor| {
            parse::add_neighbor(topology, id, neighbor, underlay)
        });
        topology.report_routes();
        topology
    }

    fn add<T>(
        &mut self,
        kind: &str,
        objects: &BTreeMap<String, T>,
        mut add: impl FnMut(&mut Self, &str, &T) -> Result<(), String>,
    ) {
        for (id, object) in objects {
            if let Err(reason) = add(self, id, object) {
                self.problems.push(permanent(kind, id, reason));
            }
        }
    }

    fn vpc(&mut self, id: &str) -> Result<&mut Vpc, String> {
        self.vpcs.get_mut(id).ok_or_else(|| format!("vpc_id: {id} is not known to this node"))
    }

    /// A route to an interface can only be judged once all interfaces are known.
    fn report_routes(&mut self) {
        for (id, subnet) in
            self.vpcs.values().flat_map(|vpc| vpc.subnets.iter().map(move |(id, s)| (id, (vpc, s))))
        {
            let (vpc, subnet) = subnet;
            for (destination, target) in &subnet.routes {
                if let Target::Interface(interface) = target
                    && vpc.next_hop(interface, destination).is_none()
                    && subnet_is_used(vpc, id)
                {
                    self.problems.push(permanent("subnet", id, far_next_hop(destination, interface)));
                }
            }
        }
    }
}

impl Vpc {
    /// The interface that a route names and its address of the route's family; `None` if it is not on this machine.
    pub(super) fn next_hop(&self, interface_id: &str, destination: &IpNet) -> Option<(&Interface, IpAddr)> {
        let interface = self.interfaces.get(interface_id)?;
        let address = interface.addresses.iter().find(|a| a.is_ipv4() == destination.addr().is_ipv4())?;
        Some((interface, *address))
    }

    /// Whether the subnet's packets of this family can reach the internet gateway.
    pub(super) fn has_way_out(&self, subnet_id: &str, ipv6: bool) -> bool {
        let leads_out = |(destination, target): &(IpNet, Target)| {
            *target == Target::InternetGateway && destination.addr().is_ipv6() == ipv6
        };
        self.gateway.is_some()
            && self.subnets.get(subnet_id).is_some_and(|subnet| subnet.routes.iter().any(leads_out))
    }

    /// Addresses that are reachable from outside without translation.
    pub(super) fn open_ipv6<'a>(&'a self, interface: &'a Interface) -> impl Iterator<Item = IpAddr> + 'a {
        let open = self.has_way_out(&interface.subnet_id, true);
        interface.addresses.iter().copied().filter(move |address| open && address.is_ipv6())
    }
}

impl Subnet {
    /// The router's IPv4 address: the first after the network's own.
    pub(super) fn router(&self) -> Option<Ipv4Addr> {
        self.cidrs.iter().find_map(|cidr| match cidr {
            IpNet::V4(network) => Some(Ipv4Addr::from(u32::from(network.network()).wrapping_add(1))),
            IpNet::V6(_) => None,
        })
    }
}

fn subnet_is_used(vpc: &Vpc, subnet_id: &str) -> bool {
    vpc.interfaces.values().any(|interface| interface.subnet_id == subnet_id)
}

fn far_next_hop(destination: &IpNet, interface: &str) -> String {
    format!(
        "route {destination}: {interface} is not on this node, and next hops on other nodes are not supported"
    )
}

/// A problem that only another desired state can solve.
pub(super) fn permanent(kind: &str, id: &str, reason: String) -> Problem {
    (object_key(kind, id), BackendError::Permanent(reason))
}

/// The key of an object as the contract names it.
pub(super) fn object_key(kind: &str, id: &str) -> proto::ObjectKey {
    proto::ObjectKey { kind: kind.to_owned(), id: id.to_owned() }
}
