//! The namespace of a VPC: its distributed router.
//!
//! No address is ever looked for: where each address of the VPC is, is known, so every neighbour entry is permanent
//! and every address has a route of its own. The router answers ARP and NDP of its interfaces (its own `.1`
//! addresses and `fe80::1`, and any other address by proxy) and asks nothing itself.
//!
//! Which routes hold for a packet depends on the subnet it comes from: a rule per interface points to the subnet's
//! table. The VPC's own ranges are `throw` routes there, which go on to the main table where all interfaces are;
//! packets from outside and from other machines use the main table at once.

use super::super::Config;
use super::super::firewall;
use super::super::model::{
    Address, Forward, Item, Link, LinkKind, MAIN_TABLE, Neighbor, Place, Plane, Route, RouteAction, Rule,
    Selector, Setting, host_network,
};
use super::super::names::{self, HOST_MAC, LOOPBACK, OVERLAY, ROUTER_MAC, UPLINK};
use super::super::topology::{Gateway, Interface, Subnet, Target, Vpc};
use super::{OVERLAY_MTU, cable_end, instance, plane_with_loopback, settings};
use ipnet::{IpNet, Ipv6Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};

/// The router, as every interface knows it.
pub(super) const ROUTER_LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
/// The host, as every VPC's uplink knows it.
const HOST_LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);

/// Reverse-path filters are off because the source filter is stricter and knows which interfaces are exempt.
const SETTINGS: [(&str, &str); 15] = [
    ("ipv4/conf/all/accept_redirects", "0"),
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/all/send_redirects", "0"),
    ("ipv4/conf/default/proxy_arp", "1"),
    ("ipv4/conf/default/rp_filter", "0"),
    ("ipv4/conf/default/send_redirects", "0"),
    ("ipv4/ip_forward", "1"),
    ("ipv6/conf/all/accept_ra", "0"),
    ("ipv6/conf/all/forwarding", "1"),
    ("ipv6/conf/default/accept_dad", "0"),
    ("ipv6/conf/default/accept_ra", "0"),
    ("ipv6/conf/default/accept_redirects", "0"),
    ("ipv6/conf/default/addr_gen_mode", "1"),
    ("ipv6/conf/default/forwarding", "1"),
    ("netfilter/nf_conntrack_tcp_loose", "0"),
];

pub(super) fn plane(id: &str, vpc: &Vpc, config: &Config) -> Plane {
    let mut plane = Plane {
        settings: settings(&SETTINGS),
        firewall: firewall::vpc::ruleset(vpc, config.metadata_port),
        ..plane_with_loopback()
    };
    plane.items.insert(own_address(firewall::vpc::METADATA.into()));
    plane.items.extend(vpc.resolvers().map(|address| own_address(address.into())));
    plane.items.insert(own_address(names::checker(config.underlay).into()));
    for (interface_id, interface) in &vpc.interfaces {
        add_interface(&mut plane, interface_id, interface);
    }
    let used: BTreeSet<&str> =
        vpc.interfaces.values().map(|interface| interface.subnet_id.as_str()).collect();
    for (subnet_id, subnet) in used.into_iter().filter_map(|id| vpc.subnets.get_key_value(id)) {
        add_subnet(&mut plane, vpc, subnet_id, subnet);
    }
    if let Some(gateway) = vpc.gateway {
        add_uplink(&mut plane, id, gateway, config);
    }
    add_overlay(&mut plane, id, vpc, config);
    plane
}

fn own_address(address: IpAddr) -> Item {
    Item::Address(Address { link: LOOPBACK.to_owned(), network: host_network(address) })
}

fn add_interface(plane: &mut Plane, id: &str, interface: &Interface) {
    let link = &interface.link;
    plane.links.insert(link.clone(), cable_end(id, ROUTER_MAC, Some(instance::place_and_link(interface))));
    let network = IpNet::V6(Ipv6Net::new_assert(ROUTER_LINK_LOCAL, 64));
    plane.items.insert(Item::Address(Address { link: link.clone(), network }));
    for address in &interface.addresses {
        add_host(plane, link, *address, interface.mac);
    }
    let patience = Setting { link: Some(link.clone()), name: format!("ipv4/neigh/{link}/proxy_delay") };
    plane.settings.insert(patience, "0".to_owned());
    let table = names::subnet_table(&interface.subnet_id);
    for ipv6 in interface.addresses.iter().map(IpAddr::is_ipv6) {
        plane.items.insert(Item::Rule(Rule { ipv6, selector: Selector::Input(link.clone()), table }));
    }
}

/// A route to one address, and who has it.
fn add_host(plane: &mut Plane, link: &str, address: IpAddr, mac: names::Mac) {
    plane.items.insert(Item::Route(Route::to_link(MAIN_TABLE, host_network(address), link)));
    plane.items.insert(Item::Neighbor(Neighbor { link: link.to_owned(), address, mac }));
}

fn add_subnet(plane: &mut Plane, vpc: &Vpc, id: &str, subnet: &Subnet) {
    plane.items.extend(subnet.router().map(|router| own_address(router.into())));
    let table = names::subnet_table(id);
    let mut routes = BTreeMap::new();
    for (destination, target) in &subnet.routes {
        routes.insert(*destination, route(table, *destination, target, vpc));
    }
    for cidr in &vpc.cidrs {
        routes.insert(*cidr, Route::end(table, *cidr, RouteAction::Throw));
    }
    // Checkers are in no subnet, and not beyond the gateway either.
    let checkers = IpNet::V4(names::CHECKERS);
    routes.insert(checkers, Route::end(table, checkers, RouteAction::Throw));
    plane.items.extend(routes.into_values().map(Item::Route));
}

/// A route whose target is not there swallows its packets, as in AWS.
fn route(table: u32, destination: IpNet, target: &Target, vpc: &Vpc) -> Route {
    match (target, vpc.gateway) {
        (Target::Local, _) => Route::end(table, destination, RouteAction::Throw),
        (Target::InternetGateway, Some(gateway)) => {
            Route::via(table, destination, UPLINK, outer(&destination, gateway))
        }
        (Target::Interface(id), _) => vpc.next_hop(id, &destination).map_or_else(
            || Route::end(table, destination, RouteAction::Blackhole),
            |(interface, address)| Route::via(table, destination, &interface.link, address),
        ),
        (Target::InternetGateway, None) | (Target::Blackhole, _) => {
            Route::end(table, destination, RouteAction::Blackhole)
        }
    }
}

fn outer(destination: &IpNet, gateway: Gateway) -> IpAddr {
    match destination {
        IpNet::V4(_) => gateway.host_address().into(),
        IpNet::V6(_) => HOST_LINK_LOCAL.into(),
    }
}

fn add_uplink(plane: &mut Plane, id: &str, gateway: Gateway, config: &Config) {
    let peer = (Place::Host, names::host_link(&config.prefix, id));
    plane.links.insert(UPLINK.to_owned(), cable_end(id, ROUTER_MAC, Some(peer)));
    for address in [gateway.host_address().into(), HOST_LINK_LOCAL.into()] {
        plane.items.insert(Item::Neighbor(Neighbor { link: UPLINK.to_owned(), address, mac: HOST_MAC }));
    }
    let host = host_network(gateway.host_address().into());
    plane.items.insert(Item::Route(Route::to_link(MAIN_TABLE, host, UPLINK)));
}

/// The device exists only while there is another machine to talk to.
fn add_overlay(plane: &mut Plane, id: &str, vpc: &Vpc, config: &Config) {
    let Some(own) = config.underlay.filter(|_| !vpc.neighbors.is_empty()) else {
        return;
    };
    let kind = LinkKind::Vxlan { vni: vpc.vni, underlay: own };
    let mac = names::overlay_mac(own);
    let link = Link { alias: id.to_owned(), mac, mtu: OVERLAY_MTU, up: true, kind };
    plane.links.insert(OVERLAY.to_owned(), link);
    for (address, underlay) in remote(vpc) {
        let mac = names::overlay_mac(underlay);
        plane.items.insert(Item::Forward(Forward { link: OVERLAY.to_owned(), mac, underlay }));
        add_host(plane, OVERLAY, address, mac);
        add_host(plane, OVERLAY, names::checker(Some(underlay)).into(), mac);
    }
}

/// Addresses on other machines. While an interface moves, two machines may be named for one address, this one among
/// them; here is nearest.
fn remote(vpc: &Vpc) -> BTreeMap<IpAddr, IpAddr> {
    let neighbors = vpc.neighbors.values();
    let named =
        neighbors.flat_map(|neighbor| neighbor.addresses.iter().map(|address| (*address, neighbor.underlay)));
    let is_here =
        |address: &IpAddr| vpc.interfaces.values().any(|interface| interface.addresses.contains(address));
    named.filter(|(address, _)| !is_here(address)).collect()
}
