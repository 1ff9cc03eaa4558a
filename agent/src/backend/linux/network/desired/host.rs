//! The host's namespace: one uplink per VPC with an internet gateway, and a route to each public address.

use super::super::Config;
use super::super::firewall;
use super::super::model::{
    Address, Item, MAIN_TABLE, Neighbor, Plane, Route, RouteAction, Setting, host_network,
};
use super::super::names::{self, HOST_MAC, ROUTER_MAC};
use super::super::topology::{Gateway, Interface, Topology, Vpc};
use super::{cable_end, used};
use ipnet::IpNet;
use std::net::IpAddr;

pub(super) fn plane(topology: &Topology, config: &Config) -> Plane {
    let mut plane = Plane::default();
    let mut public = None;
    for (id, vpc, gateway) in used(topology).filter_map(|(id, vpc)| Some((id, vpc, vpc.gateway?))) {
        add_uplink(&mut plane, id, vpc, gateway, config);
        plane.items.insert(Item::Route(unassigned(gateway, config)));
        public = Some(gateway.public);
    }
    if let Some(public) = public {
        plane.firewall = firewall::host::ruleset(&config.prefix, public, config.outside.as_ref());
        add_outside(&mut plane, config);
    }
    plane
}

/// A public address that nobody has must not leave by the machine's own default route.
fn unassigned(gateway: Gateway, config: &Config) -> Route {
    Route::end(MAIN_TABLE, IpNet::V4(gateway.public), RouteAction::Unreachable).behind(config.last_resort())
}

fn add_outside(plane: &mut Plane, config: &Config) {
    if let Some(outside) = &config.outside {
        plane.settings.insert(Setting::of_link("ipv4", &outside.link, "forwarding"), "1".to_owned());
    }
}

fn add_uplink(plane: &mut Plane, id: &str, vpc: &Vpc, gateway: Gateway, config: &Config) {
    let link = names::host_link(&config.prefix, id);
    plane.links.insert(link.clone(), cable_end(id, HOST_MAC, None));
    let own: IpAddr = gateway.host_address().into();
    plane.items.insert(Item::Address(Address { link: link.clone(), network: host_network(own) }));
    plane.settings.insert(Setting::of_link("ipv4", &link, "forwarding"), "1".to_owned());
    plane.settings.insert(Setting::of_link("ipv4", &link, "send_redirects"), "0".to_owned());
    for address in vpc.interfaces.values().flat_map(public_ipv4) {
        let route = Route::to_link(MAIN_TABLE, host_network(address), &link).from(own);
        add_host(plane, &link, address, route);
    }
    for address in vpc.interfaces.values().flat_map(|interface| vpc.open_ipv6(interface)) {
        add_host(plane, &link, address, Route::to_link(MAIN_TABLE, host_network(address), &link));
        plane.settings.insert(Setting::of_link("ipv6", &link, "force_forwarding"), "1".to_owned());
    }
}

fn public_ipv4(interface: &Interface) -> impl Iterator<Item = IpAddr> {
    interface.public.values().copied().map(IpAddr::V4)
}

fn add_host(plane: &mut Plane, link: &str, address: IpAddr, route: Route) {
    plane.items.insert(Item::Route(route));
    plane.items.insert(Item::Neighbor(Neighbor { link: link.to_owned(), address, mac: ROUTER_MAC }));
}
