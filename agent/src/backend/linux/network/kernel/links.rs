//! Network devices.

use super::super::error::{NetworkError, Result};
use super::super::model::{Link, LinkKind};
use super::super::names::Mac;
use super::netlink::Netlink;
use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::link::{
    InfoData, InfoKind, InfoVeth, InfoVxlan, LinkAttribute, LinkFlags, LinkInfo, LinkMessage,
};
use rtnetlink::{LinkMessageBuilder, LinkUnspec, LinkVeth, LinkVxlan};
use std::net::IpAddr;
use std::os::fd::RawFd;

/// IANA's port for VXLAN (RFC 7348).
const VXLAN_PORT: u16 = 4789;

/// A device as it was found.
#[derive(Debug)]
pub(in crate::backend::linux::network) struct FoundLink {
    pub(in crate::backend::linux::network) index: u32,
    pub(in crate::backend::linux::network) name: String,
    pub(in crate::backend::linux::network) link: Link,
}

/// Loopback, veth and VXLAN devices; others (the kernel's fallback tunnels, what the host has) are nobody's here.
pub(in crate::backend::linux::network) fn list(netlink: &mut Netlink) -> Result<Vec<FoundLink>> {
    let request = RouteNetlinkMessage::GetLink(LinkMessage::default());
    let found = netlink.dump(request).map_err(NetworkError::system("list links"))?;
    Ok(found.into_iter().filter_map(read).collect())
}

fn read(message: RouteNetlinkMessage) -> Option<FoundLink> {
    let RouteNetlinkMessage::NewLink(message) = message else {
        return None;
    };
    let mut name = None;
    let mut info = Vec::new();
    let flags = message.header.flags;
    let kind = LinkKind::Loopback;
    let mut link =
        Link { alias: String::new(), mac: [0; 6], mtu: 0, up: flags.contains(LinkFlags::Up), kind };
    for attribute in message.attributes {
        match attribute {
            LinkAttribute::IfName(text) => name = Some(text),
            LinkAttribute::IfAlias(text) => link.alias = text,
            LinkAttribute::Mtu(mtu) => link.mtu = mtu,
            LinkAttribute::Address(bytes) => link.mac = Mac::try_from(bytes).ok()?,
            LinkAttribute::LinkInfo(parts) => info = parts,
            _ => {}
        }
    }
    if !flags.contains(LinkFlags::Loopback) {
        link.kind = device_kind(&info)?;
    }
    Some(FoundLink { index: message.header.index, name: name?, link })
}

fn device_kind(info: &[LinkInfo]) -> Option<LinkKind> {
    let kind =
        info.iter().find_map(|part| if let LinkInfo::Kind(kind) = part { Some(kind) } else { None })?;
    match kind {
        InfoKind::Veth => Some(LinkKind::Veth { peer: None }),
        InfoKind::Vxlan => vxlan_kind(info),
        _ => None,
    }
}

fn vxlan_kind(info: &[LinkInfo]) -> Option<LinkKind> {
    let data = info.iter().find_map(|part| match part {
        LinkInfo::Data(InfoData::Vxlan(data)) => Some(data),
        _ => None,
    })?;
    let vni = data.iter().find_map(|part| if let InfoVxlan::Id(vni) = part { Some(*vni) } else { None })?;
    let underlay = data.iter().find_map(|part| match part {
        InfoVxlan::Local(address) => Some(IpAddr::V4(*address)),
        InfoVxlan::Local6(address) => Some(IpAddr::V6(*address)),
        _ => None,
    })?;
    Some(LinkKind::Vxlan { vni, underlay })
}

/// Makes a veth pair, both ends down: the near one where the socket is, the far one in the namespace behind `far_ns`.
pub(in crate::backend::linux::network) fn create_cable(
    netlink: &mut Netlink,
    near: (&str, &Link),
    far: (&str, &Link),
    far_ns: RawFd,
) -> Result<()> {
    let (far_name, far) = far;
    let far = device(LinkMessageBuilder::<LinkUnspec>::new().name(far_name), far).setns_by_fd(far_ns).build();
    let (name, link) = near;
    let builder =
        device(LinkVeth::new(name, far_name), link).set_info_data(InfoData::Veth(InfoVeth::Peer(far)));
    create(netlink, name, builder.build())
}

/// Makes a VXLAN device, down, in the namespace behind `ns`; its outer packets travel where the socket is. It neither
/// floods nor learns: who is where is written into it.
pub(in crate::backend::linux::network) fn create_overlay(
    netlink: &mut Netlink,
    name: &str,
    link: &Link,
    ns: RawFd,
) -> Result<()> {
    let LinkKind::Vxlan { vni, underlay } = link.kind else {
        return Ok(());
    };
    let builder = LinkVxlan::new(name, vni).port(VXLAN_PORT).learning(false);
    let builder = match underlay {
        IpAddr::V4(address) => builder.local(address),
        IpAddr::V6(address) => builder.local6(address),
    };
    create(netlink, name, device(builder, link).setns_by_fd(ns).build())
}

fn device<T>(builder: LinkMessageBuilder<T>, link: &Link) -> LinkMessageBuilder<T> {
    builder.address(link.mac.to_vec()).mtu(link.mtu)
}

fn create(netlink: &mut Netlink, name: &str, message: LinkMessage) -> Result<()> {
    netlink
        .request(RouteNetlinkMessage::NewLink(message), NLM_F_CREATE | NLM_F_EXCL)
        .map_err(NetworkError::system(format!("create link {name}")))
}

/// Gives a link its alias and MTU and sets it up.
pub(in crate::backend::linux::network) fn bring_up(
    netlink: &mut Netlink,
    index: u32,
    name: &str,
    link: &Link,
) -> Result<()> {
    let mut builder = LinkUnspec::new_with_index(index).mtu(link.mtu);
    if link.kind != LinkKind::Loopback {
        builder = builder.alias(link.alias.as_str());
    }
    netlink
        .request(RouteNetlinkMessage::SetLink(builder.up().build()), 0)
        .map_err(NetworkError::system(format!("set link {name} up")))
}

/// Removes a link, and with it the other end of a cable.
pub(in crate::backend::linux::network) fn remove(
    netlink: &mut Netlink,
    index: u32,
    name: &str,
) -> Result<()> {
    netlink
        .request(RouteNetlinkMessage::DelLink(LinkUnspec::new_with_index(index).build()), 0)
        .map_err(NetworkError::system(format!("remove link {name}")))
}
