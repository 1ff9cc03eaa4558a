//! The namespace an instance's processes live in: its interfaces and the way to its router.

use super::super::model::MAIN_TABLE;
use super::super::model::{Address, Item, Place, Plane, Route, Rule, Selector, host_network};
use super::super::names;
use super::super::topology::{Interface, Vpc};
use super::{cable_end, plane_with_loopback, settings};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::IpAddr;

/// Tables of the second interface and those after it.
const INTERFACE_TABLES: u32 = 1000;

/// Addresses come from the control plane alone: nothing is taken from advertisements, and there is nobody on the
/// wire with whom an address could clash.
const SETTINGS: [(&str, &str); 9] = [
    ("ipv4/conf/all/accept_redirects", "0"),
    ("ipv4/conf/default/accept_redirects", "0"),
    ("ipv6/conf/all/accept_ra", "0"),
    ("ipv6/conf/default/accept_dad", "0"),
    ("ipv6/conf/default/accept_ra", "0"),
    ("ipv6/conf/default/accept_redirects", "0"),
    ("ipv6/conf/default/addr_gen_mode", "0"),
    ("ipv6/conf/default/autoconf", "0"),
    ("ipv6/conf/default/router_solicitations", "0"),
];

pub(super) fn empty_plane() -> Plane {
    Plane { settings: settings(&SETTINGS), ..plane_with_loopback() }
}

/// The router's end of the cable, as the instance's own end belongs to it.
pub(super) fn place_and_link(interface: &Interface) -> (Place, String) {
    (Place::Instance(interface.instance_id.clone()), names::instance_link(interface.device_index))
}

pub(super) fn add_interface(plane: &mut Plane, vpc: &Vpc, id: &str, interface: &Interface) {
    let link = names::instance_link(interface.device_index);
    plane.links.insert(link.clone(), cable_end(id, interface.mac, None));
    for address in &interface.addresses {
        plane.items.insert(Item::Address(Address { link: link.clone(), network: host_network(*address) }));
    }
    for route in default_routes(vpc, interface, MAIN_TABLE, &link) {
        plane.items.insert(Item::Route(route.behind(interface.device_index)));
    }
    if interface.device_index > 0 {
        add_own_table(plane, vpc, interface, &link);
    }
}

/// Answers leave by the interface that was asked: the router drops a source that is not the interface's own.
fn add_own_table(plane: &mut Plane, vpc: &Vpc, interface: &Interface, link: &str) {
    let table = INTERFACE_TABLES + interface.device_index;
    plane.items.extend(default_routes(vpc, interface, table, link).map(Item::Route));
    plane.items.extend(interface.addresses.iter().map(|address| {
        let selector = Selector::Source(host_network(*address));
        Item::Rule(Rule { ipv6: address.is_ipv6(), selector, table })
    }));
}

/// The first address of a family is the primary one, which is sent from unless a process binds another.
fn default_routes<'a>(
    vpc: &'a Vpc,
    interface: &'a Interface,
    table: u32,
    link: &'a str,
) -> impl Iterator<Item = Route> + 'a {
    let primary =
        |ipv6: bool| interface.addresses.iter().copied().find(move |address| address.is_ipv6() == ipv6);
    let router = vpc.subnets.get(&interface.subnet_id).and_then(|subnet| subnet.router()).map(IpAddr::V4);
    let ipv4 = router
        .zip(primary(false))
        .map(move |(router, own)| Route::via(table, IpNet::V4(Ipv4Net::default()), link, router).from(own));
    let ipv6 = primary(true).map(move |own| {
        Route::via(table, IpNet::V6(Ipv6Net::default()), link, super::vpc::ROUTER_LINK_LOCAL.into()).from(own)
    });
    ipv4.into_iter().chain(ipv6)
}
