//! The connections a namespace knows (ctnetlink).
//!
//! Written here because the few messages needed are not worth a dependency: list all entries, delete one. The layout
//! is that of linux/netfilter/nfnetlink_conntrack.h; numbers inside are in network byte order.

use super::super::error::{NetworkError, Result};
use super::netfilter::{ANY_FAMILY, NetfilterMessage, attributes, kind, value};
use super::netlink::Netlink;
use super::settings;
use rtnetlink::packet_core::DefaultNla;
use rtnetlink::packet_route::AddressFamily;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const SUBSYSTEM: u16 = 1 << 8;
const GET: u16 = SUBSYSTEM | 1;
const DELETE: u16 = SUBSYSTEM | 2;
/// How many connections the namespace has.
const COUNT: &str = "netfilter/nf_conntrack_count";

const CTA_TUPLE_ORIG: u16 = 1;
const CTA_TUPLE_REPLY: u16 = 2;
const CTA_ID: u16 = 12;
const CTA_TUPLE_IP: u16 = 1;
const CTA_TUPLE_PROTO: u16 = 2;
const CTA_IP_V4_SRC: u16 = 1;
const CTA_IP_V4_DST: u16 = 2;
const CTA_IP_V6_SRC: u16 = 3;
const CTA_IP_V6_DST: u16 = 4;
const CTA_PROTO_NUM: u16 = 1;
const CTA_PROTO_SRC_PORT: u16 = 2;
const CTA_PROTO_DST_PORT: u16 = 3;
const CTA_PROTO_ICMP_TYPE: u16 = 5;
const CTA_PROTO_ICMP_CODE: u16 = 6;
const CTA_PROTO_ICMPV6_TYPE: u16 = 8;
const CTA_PROTO_ICMPV6_CODE: u16 = 9;

/// One direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::backend::linux::network) struct Tuple {
    pub(in crate::backend::linux::network) source: IpAddr,
    pub(in crate::backend::linux::network) destination: IpAddr,
    pub(in crate::backend::linux::network) protocol: u8,
    /// 0 for protocols without ports.
    pub(in crate::backend::linux::network) source_port: u16,
    pub(in crate::backend::linux::network) destination_port: u16,
    /// Type and code, for the two ICMPs.
    pub(in crate::backend::linux::network) icmp: (u8, u8),
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend::linux::network) struct Connection {
    /// As its first packet arrived.
    pub(in crate::backend::linux::network) original: Tuple,
    /// As answers arrive; differs from the reversed original by what was translated.
    pub(in crate::backend::linux::network) reply: Tuple,
    /// What the kernel needs to find it again.
    handle: Vec<DefaultNla>,
}

/// Whether the namespace of the calling thread has none. Listing them walks a table that all namespaces share, which
/// takes milliseconds even for none.
pub(in crate::backend::linux::network) fn is_empty() -> Result<bool> {
    let count = settings::read(COUNT).map_err(NetworkError::system("count connections"))?;
    Ok(count.is_some_and(|count| count == "0"))
}

/// All connections. Entries of protocols without addresses or a protocol number do not exist.
pub(in crate::backend::linux::network) fn list(netlink: &mut Netlink) -> Result<Vec<Connection>> {
    let request = NetfilterMessage { kind: GET, family: ANY_FAMILY, attributes: Vec::new() };
    let found = netlink.dump(request).map_err(NetworkError::system("list connections"))?;
    Ok(found.into_iter().filter_map(|message| Connection::read(message.attributes)).collect())
}

/// Forgets one. One that ended meanwhile is forgotten already.
pub(in crate::backend::linux::network) fn delete(
    netlink: &mut Netlink,
    connection: Connection,
) -> Result<()> {
    let family = match connection.original.source {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    };
    let message = NetfilterMessage { kind: DELETE, family: family.into(), attributes: connection.handle };
    match netlink.request(message, 0) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(NetworkError::system("delete a connection")),
    }
}

impl Connection {
    fn read(attributes: Vec<DefaultNla>) -> Option<Self> {
        let original = Tuple::read(value(&attributes, CTA_TUPLE_ORIG)?)?;
        let reply = Tuple::read(value(&attributes, CTA_TUPLE_REPLY)?)?;
        let names_it = |attribute: &DefaultNla| matches!(kind(attribute), CTA_TUPLE_ORIG | CTA_ID);
        Some(Self { original, reply, handle: attributes.into_iter().filter(names_it).collect() })
    }

    #[cfg(test)]
    pub(in crate::backend::linux::network) fn between(original: Tuple, reply: Tuple) -> Self {
        Self { original, reply, handle: Vec::new() }
    }
}

impl Tuple {
    fn read(bytes: Vec<u8>) -> Option<Self> {
        let parts = attributes(&bytes).ok()?;
        let ip = attributes(&value(&parts, CTA_TUPLE_IP)?).ok()?;
        let protocol = attributes(&value(&parts, CTA_TUPLE_PROTO)?).ok()?;
        let byte = |kind| value(&protocol, kind).and_then(|bytes| bytes.first().copied());
        let port = |kind| {
            value(&protocol, kind).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_be_bytes)
        };
        let icmp = |v4, v6| byte(v4).or_else(|| byte(v6)).unwrap_or(0);
        Some(Self {
            source: address(&ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC)?,
            destination: address(&ip, CTA_IP_V4_DST, CTA_IP_V6_DST)?,
            protocol: byte(CTA_PROTO_NUM)?,
            source_port: port(CTA_PROTO_SRC_PORT),
            destination_port: port(CTA_PROTO_DST_PORT),
            icmp: (
                icmp(CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMPV6_TYPE),
                icmp(CTA_PROTO_ICMP_CODE, CTA_PROTO_ICMPV6_CODE),
            ),
        })
    }
}

fn address(attributes: &[DefaultNla], v4: u16, v6: u16) -> Option<IpAddr> {
    let short = value(attributes, v4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    let long = || value(attributes, v6).and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    short
        .map(|bytes| Ipv4Addr::from(bytes).into())
        .or_else(|| long().map(|bytes| Ipv6Addr::from(bytes).into()))
}
