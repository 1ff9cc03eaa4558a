//! Routes. Ours carry a protocol number of their own; the kernel's and the administrator's are never touched.

use super::super::error::{NetworkError, Result};
use super::super::model::{Route, RouteAction};
use super::addresses::family;
use super::netlink::Netlink;
use ipnet::IpNet;
use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_REPLACE};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::route::{
    RouteAddress, RouteAttribute, RouteFlags, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use std::net::IpAddr;

/// Who made a route or a rule, in a number that no routing daemon uses.
pub(super) const OURS: RouteProtocol = RouteProtocol::Other(72);

/// Our routes. `name` tells a link's name from its index; routes over links without a name are left out.
pub(in crate::backend::linux::network) fn list(
    netlink: &mut Netlink,
    name: impl Fn(u32) -> Option<String>,
) -> Result<Vec<Route>> {
    let request = RouteNetlinkMessage::GetRoute(RouteMessage::default());
    let found = netlink.dump(request).map_err(NetworkError::system("list routes"))?;
    Ok(found.into_iter().filter_map(|message| read(message, &name)).collect())
}

fn read(message: RouteNetlinkMessage, name: impl Fn(u32) -> Option<String>) -> Option<Route> {
    let RouteNetlinkMessage::NewRoute(message) = message else {
        return None;
    };
    if message.header.protocol != OURS {
        return None;
    }
    let fields = Fields::of(&message)?;
    let action = match message.header.kind {
        RouteType::Unicast => {
            RouteAction::Forward { link: name(fields.link?)?, gateway: fields.gateway, source: fields.source }
        }
        RouteType::Throw => RouteAction::Throw,
        RouteType::BlackHole => RouteAction::Blackhole,
        RouteType::Unreachable => RouteAction::Unreachable,
        _ => return None,
    };
    Some(Route { table: fields.table, destination: fields.destination, metric: fields.metric, action })
}

struct Fields {
    table: u32,
    destination: IpNet,
    metric: u32,
    link: Option<u32>,
    gateway: Option<IpAddr>,
    source: Option<IpAddr>,
}

impl Fields {
    fn of(message: &RouteMessage) -> Option<Self> {
        let unspecified = match message.header.address_family {
            rtnetlink::packet_route::AddressFamily::Inet => IpAddr::from([0; 4]),
            _ => IpAddr::from([0; 16]),
        };
        let destination = IpNet::new(unspecified, message.header.destination_prefix_length).ok()?;
        let table = message.header.table.into();
        let mut fields = Self { table, destination, metric: 0, link: None, gateway: None, source: None };
        for attribute in &message.attributes {
            fields.take(attribute);
        }
        Some(fields)
    }

    fn take(&mut self, attribute: &RouteAttribute) {
        match attribute {
            RouteAttribute::Table(table) => self.table = *table,
            RouteAttribute::Priority(metric) => self.metric = *metric,
            RouteAttribute::Oif(index) => self.link = Some(*index),
            RouteAttribute::Gateway(address) => self.gateway = ip(address),
            RouteAttribute::PrefSource(address) => self.source = ip(address),
            RouteAttribute::Destination(address) => {
                let network = ip(address).and_then(|ip| IpNet::new(ip, self.destination.prefix_len()).ok());
                self.destination = network.unwrap_or(self.destination);
            }
            _ => {}
        }
    }
}

fn ip(address: &RouteAddress) -> Option<IpAddr> {
    match address {
        RouteAddress::Inet(address) => Some(IpAddr::V4(*address)),
        RouteAddress::Inet6(address) => Some(IpAddr::V6(*address)),
        _ => None,
    }
}

/// Adds a route. `index` is its link's, if it has one.
pub(in crate::backend::linux::network) fn add(
    netlink: &mut Netlink,
    route: &Route,
    index: Option<u32>,
) -> Result<()> {
    netlink
        .request(RouteNetlinkMessage::NewRoute(message(route, index)), NLM_F_CREATE | NLM_F_REPLACE)
        .map_err(NetworkError::system(format!("add route {}", route.destination)))
}

/// Removes a route.
pub(in crate::backend::linux::network) fn remove(
    netlink: &mut Netlink,
    route: &Route,
    index: Option<u32>,
) -> Result<()> {
    netlink
        .request(RouteNetlinkMessage::DelRoute(message(route, index)), 0)
        .map_err(NetworkError::system(format!("remove route {}", route.destination)))
}

fn message(route: &Route, index: Option<u32>) -> RouteMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = family(route.destination.addr());
    message.header.destination_prefix_length = route.destination.prefix_len();
    message.header.protocol = OURS;
    message.header.kind = route_type(&route.action);
    message.attributes = vec![
        RouteAttribute::Destination(address(route.destination.network())),
        RouteAttribute::Table(route.table),
        RouteAttribute::Priority(route.metric),
    ];
    if let RouteAction::Forward { gateway, source, .. } = &route.action {
        message.header.scope = if gateway.is_some() { RouteScope::Universe } else { RouteScope::Link };
        message.attributes.extend(index.map(RouteAttribute::Oif));
        message.attributes.extend(source.map(|source| RouteAttribute::PrefSource(address(source))));
        if let Some(gateway) = gateway {
            message.header.flags = RouteFlags::Onlink;
            message.attributes.push(RouteAttribute::Gateway(address(*gateway)));
        }
    }
    message
}

fn route_type(action: &RouteAction) -> RouteType {
    match action {
        RouteAction::Forward { .. } => RouteType::Unicast,
        RouteAction::Throw => RouteType::Throw,
        RouteAction::Blackhole => RouteType::BlackHole,
        RouteAction::Unreachable => RouteType::Unreachable,
    }
}

fn address(address: IpAddr) -> RouteAddress {
    match address {
        IpAddr::V4(address) => RouteAddress::Inet(address),
        IpAddr::V6(address) => RouteAddress::Inet6(address),
    }
}
