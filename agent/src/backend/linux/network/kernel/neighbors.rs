//! Permanent neighbour entries, and the forwarding entries of VXLAN devices, which netlink treats as the same thing.

use super::super::error::{NetworkError, Result};
use super::super::names::Mac;
use super::addresses::family;
use super::netlink::Netlink;
use rtnetlink::packet_core::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_REPLACE};
use rtnetlink::packet_route::neighbour::{
    NeighbourAddress, NeighbourAttribute, NeighbourFlags, NeighbourMessage, NeighbourState,
};
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};
use std::net::IpAddr;

/// Which of the two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::backend::linux::network) enum Kind {
    /// ARP and NDP: address to hardware address.
    Neighbor,
    /// Forwarding: hardware address to the machine behind it.
    Forward,
}

/// An entry with the index of its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::backend::linux::network) struct Entry {
    pub(in crate::backend::linux::network) index: u32,
    pub(in crate::backend::linux::network) address: IpAddr,
    pub(in crate::backend::linux::network) mac: Mac,
}

/// All permanent entries of one kind.
pub(in crate::backend::linux::network) fn list(netlink: &mut Netlink, kind: Kind) -> Result<Vec<Entry>> {
    let mut request = NeighbourMessage::default();
    if kind == Kind::Forward {
        request.header.family = AddressFamily::Bridge;
    }
    let found = netlink
        .dump(RouteNetlinkMessage::GetNeighbour(request))
        .map_err(NetworkError::system("list neighbours"))?;
    Ok(found.into_iter().filter_map(|message| read(message, kind)).collect())
}

fn read(message: RouteNetlinkMessage, kind: Kind) -> Option<Entry> {
    let RouteNetlinkMessage::NewNeighbour(message) = message else {
        return None;
    };
    if message.header.state != NeighbourState::Permanent
        || (message.header.family == AddressFamily::Bridge) != (kind == Kind::Forward)
    {
        return None;
    }
    let address = message.attributes.iter().find_map(|attribute| match attribute {
        NeighbourAttribute::Destination(address) => ip(address),
        _ => None,
    })?;
    let mac = message.attributes.iter().find_map(|attribute| match attribute {
        NeighbourAttribute::LinkLayerAddress(bytes) => Mac::try_from(bytes.as_slice()).ok(),
        _ => None,
    })?;
    Some(Entry { index: message.header.ifindex, address, mac })
}

/// Forwarding entries come with the address as bare bytes.
fn ip(address: &NeighbourAddress) -> Option<IpAddr> {
    match address {
        NeighbourAddress::Inet(address) => Some(IpAddr::V4(*address)),
        NeighbourAddress::Inet6(address) => Some(IpAddr::V6(*address)),
        NeighbourAddress::Other(bytes) => {
            let short = <[u8; 4]>::try_from(bytes.as_slice()).ok().map(IpAddr::from);
            short.or_else(|| <[u8; 16]>::try_from(bytes.as_slice()).ok().map(IpAddr::from))
        }
        _ => None,
    }
}

/// Adds one, or puts it in the place of what was learned for the same address.
pub(in crate::backend::linux::network) fn add(netlink: &mut Netlink, kind: Kind, entry: Entry) -> Result<()> {
    let flags = match kind {
        Kind::Neighbor => NLM_F_CREATE | NLM_F_REPLACE,
        Kind::Forward => NLM_F_CREATE | NLM_F_APPEND,
    };
    netlink
        .request(RouteNetlinkMessage::NewNeighbour(message(kind, entry)), flags)
        .map_err(NetworkError::system(format!("add neighbour {}", entry.address)))
}

/// Removes one.
pub(in crate::backend::linux::network) fn remove(
    netlink: &mut Netlink,
    kind: Kind,
    entry: Entry,
) -> Result<()> {
    netlink
        .request(RouteNetlinkMessage::DelNeighbour(message(kind, entry)), 0)
        .map_err(NetworkError::system(format!("remove neighbour {}", entry.address)))
}

fn message(kind: Kind, entry: Entry) -> NeighbourMessage {
    let mut message = NeighbourMessage::default();
    message.header.ifindex = entry.index;
    message.header.state = NeighbourState::Permanent;
    message.header.family = match kind {
        Kind::Neighbor => family(entry.address),
        Kind::Forward => AddressFamily::Bridge,
    };
    if kind == Kind::Forward {
        message.header.flags = NeighbourFlags::Own;
    }
    message.attributes = vec![
        NeighbourAttribute::Destination(entry.address.into()),
        NeighbourAttribute::LinkLayerAddress(entry.mac.to_vec()),
    ];
    message
}
