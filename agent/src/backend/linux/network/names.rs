//! Names and addresses that follow from ids alone, so that a restarted agent finds what the one before it made
//! without keeping any list.
//!
//! A link name has room for 15 bytes and an interface id for more, so links carry a hash; the id itself stands in
//! the link's alias, which is also what decides whether an observed link is the wanted one.

use ipnet::Ipv4Net;
use std::net::{IpAddr, Ipv4Addr};

/// A hardware address.
pub(super) type Mac = [u8; 6];

/// The machine's side of every pair of links, in every namespace: pairs never share a wire, so one address serves
/// all, and an instance that moves to another machine finds its router under the same address.
pub(super) const ROUTER_MAC: Mac = [0xfe, 0, 0, 0, 0, 1];
/// The host's end of an uplink.
pub(super) const HOST_MAC: Mac = [0xfe, 0, 0, 0, 0, 2];
/// The VPC's end of its uplink.
pub(super) const UPLINK: &str = "up";
/// The device that carries a VPC to other machines.
pub(super) const OVERLAY: &str = "vx";
/// The loopback device, which carries the router's own addresses (a dummy device would need a kernel module).
pub(super) const LOOPBACK: &str = "lo";
/// The nftables table inside a VPC's namespace.
pub(super) const TABLE: &str = "hearth";

/// FNV-1a: stable over releases of the compiler, which the standard library's hashers are not.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The router's end of an interface's link.
pub(super) fn router_link(interface_id: &str) -> String {
    format!("e-{:013x}", hash(interface_id) & 0xf_ffff_ffff_ffff)
}

/// The host's end of a VPC's uplink.
pub(super) fn host_link(prefix: &str, vpc_id: &str) -> String {
    format!("{prefix}-{:09x}", hash(vpc_id) & 0xf_ffff_ffff)
}

/// What every host link of this agent starts with.
pub(super) fn host_link_prefix(prefix: &str) -> String {
    format!("{prefix}-")
}

/// The nftables table in the host's namespace; agents that share a host have different prefixes.
pub(super) fn host_table(prefix: &str) -> String {
    format!("{TABLE}-{prefix}")
}

/// The interface as the instance sees it.
pub(super) fn instance_link(device_index: u32) -> String {
    format!("eth{device_index}")
}

/// The routing table of a subnet, away from the kernel's own (below 256).
pub(super) fn subnet_table(subnet_id: &str) -> u32 {
    0x1000_0000 | (hash(subnet_id) & 0x0fff_ffff) as u32
}

/// The address of a machine's overlay device, known to all others without asking.
pub(super) fn overlay_mac(underlay: IpAddr) -> Mac {
    let [a, b, c, d] = match underlay {
        IpAddr::V4(address) => address.octets(),
        IpAddr::V6(address) => (hash(&address.to_string()) as u32).to_be_bytes(),
    };
    [0x02, 0x48, a, b, c, d]
}

/// Where health checks of every machine come from: addresses that nobody has (RFC 1112, section 4), so that no VPC's blocks
/// can hold them.
pub(super) const CHECKERS: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(240, 0, 0, 0), 4);

/// Where those of one machine come from. Each has its own, so that answers find it; of machines with private addresses no two
/// have the same.
pub(super) fn checker(underlay: Option<IpAddr>) -> Ipv4Addr {
    let [_, _, a, b, c, d] = overlay_mac(underlay.unwrap_or(IpAddr::V4(Ipv4Addr::new(0, 0, 0, 1))));
    Ipv4Addr::new(0xf0 | a, b, c, d)
}

/// The link-local address an interface gives itself (RFC 4291, appendix A).
pub(super) fn link_local(mac: Mac) -> std::net::Ipv6Addr {
    let [a, b, c, d, e, f] = mac;
    let word = |high: u8, low: u8| u16::from_be_bytes([high, low]);
    std::net::Ipv6Addr::new(0xfe80, 0, 0, 0, word(a ^ 2, b), word(c, 0xff), word(0xfe, d), word(e, f))
}

/// `02:48:…`, as every tool prints it.
pub(super) fn mac_text(mac: Mac) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

/// Reads `02:48:…`; anything but six hexadecimal pairs is nothing.
pub(super) fn parse_mac(text: &str) -> Option<Mac> {
    let bytes: Vec<u8> = text.split(':').map(parse_pair).collect::<Option<_>>()?;
    bytes.try_into().ok()
}

fn parse_pair(pair: &str) -> Option<u8> {
    (pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| u8::from_str_radix(pair, 16).ok())?
}

/// Whether an id may become part of a file name and of an nftables identifier.
pub(super) fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
