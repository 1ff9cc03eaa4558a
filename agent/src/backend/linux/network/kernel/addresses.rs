//! Addresses of a namespace's own.

use super::super::error::{NetworkError, Result};
use super::netlink::Netlink;
use ipnet::IpNet;
use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_REPLACE};
use rtnetlink::packet_route::address::{AddressAttribute, AddressHeaderFlags, AddressMessage};
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};
use std::net::IpAddr;

/// All addresses, with the index of their link.
pub(in crate::backend::linux::network) fn list(netlink: &mut Netlink) -> Result<Vec<(u32, IpNet)>> {
    let request = RouteNetlinkMessage::GetAddress(AddressMessage::default());
    let found = netlink.dump(request).map_err(NetworkError::system("list addresses"))?;
    Ok(found.into_iter().filter_map(read).collect())
}

fn read(message: RouteNetlinkMessage) -> Option<(u32, IpNet)> {
    let RouteNetlinkMessage::NewAddress(message) = message else {
        return None;
    };
    let local = message
        .attributes
        .iter()
        .find_map(|a| if let AddressAttribute::Local(ip) = a { Some(*ip) } else { None });
    let plain = message
        .attributes
        .iter()
        .find_map(|a| if let AddressAttribute::Address(ip) = a { Some(*ip) } else { None });
    let network = IpNet::new(local.or(plain)?, message.header.prefix_len).ok()?;
    Some((message.header.index, network))
}

/// Adds one; IPv6 without waiting for duplicate detection, since nobody else is on the wire.
pub(in crate::backend::linux::network) fn add(
    netlink: &mut Netlink,
    index: u32,
    network: IpNet,
) -> Result<()> {
    let message = RouteNetlinkMessage::NewAddress(message(index, network));
    netlink
        .request(message, NLM_F_CREATE | NLM_F_REPLACE)
        .map_err(NetworkError::system(format!("add address {network}")))
}

/// Removes one.
pub(in crate::backend::linux::network) fn remove(
    netlink: &mut Netlink,
    index: u32,
    network: IpNet,
) -> Result<()> {
    let message = RouteNetlinkMessage::DelAddress(message(index, network));
    netlink.request(message, 0).map_err(NetworkError::system(format!("remove address {network}")))
}

fn message(index: u32, network: IpNet) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.index = index;
    message.header.prefix_len = network.prefix_len();
    message.header.family = family(network.addr());
    if network.addr().is_ipv6() {
        message.header.flags = AddressHeaderFlags::Nodad;
    }
    message.attributes =
        vec![AddressAttribute::Local(network.addr()), AddressAttribute::Address(network.addr())];
    message
}

/// An address's family in netlink's words.
pub(super) fn family(address: IpAddr) -> AddressFamily {
    match address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    }
}
