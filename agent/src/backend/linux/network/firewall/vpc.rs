//! The filters of one VPC, in its own namespace.
//!
//! A packet passes, in this order:
//! 1. `netdev source`, as it arrives from an instance (or another machine): is the sender who it says it is? ARP, IPv4 and IPv6.
//! 2. `inet prerouting`, from the internet gateway only: the public address becomes the private one.
//! 3. `inet egress` at the forward hook: may the interface it came from send this?
//! 4. `inet ingress` at the same hook, later: may the interface it goes to receive this?
//! 5. `inet output`, for health checks, which come from the router itself: the same question as 4.
//! 6. `inet postrouting`, to the internet gateway only: the private address becomes the public one.
//!
//! Everything that changes often is an element: interfaces in the verdict maps `egress` and `ingress`, rules and
//! members in the interval sets of a group, addresses in `source4`, `source6` and the NAT maps. A chain changes only
//! when an interface or a group comes, goes or changes its groups.
//!
//! Only the first packet of a connection is judged; `established` lets the rest pass, and taking a permission back
//! deletes the connections it carried (see `revocation`). For that to hold, a TCP packet that belongs to no known
//! connection must not be able to found one: `nf_conntrack_tcp_loose` is off.

use super::super::names::{self, CHECKERS, OVERLAY, TABLE, UPLINK};
use super::super::permissions::{Permissions, Permit, SHAPES, Shape, Span};
use super::super::resolver::PORTS;
use super::super::topology::{Interface, Vpc};
use super::{Chain, Ruleset, Set, Table, TableName};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where the metadata service is (AWS's address, RFC 3927 range).
pub(in crate::backend::linux::network) const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

const KNOWN: &str = "ct state established,related accept";
const FORWARD_EGRESS: i64 = -1;
const FORWARD_INGRESS: i64 = 0;
const DSTNAT: i64 = -100;
const SRCNAT: i64 = 100;

/// The tables of a VPC.
pub(in crate::backend::linux::network) fn ruleset(vpc: &Vpc, metadata_port: u16) -> Ruleset {
    Ruleset::from([
        (TableName::netdev(TABLE), source_table(vpc)),
        (TableName::inet(TABLE), routed_table(vpc, metadata_port)),
    ])
}

fn source_table(vpc: &Vpc) -> Table {
    let mut table = Table::default();
    let interfaces = || vpc.interfaces.values();
    table.sets.insert("source4".to_owned(), source_set("ipv4_addr", interfaces().flat_map(own_ipv4)));
    table.sets.insert("source6".to_owned(), source_set("ipv6_addr", interfaces().flat_map(own_ipv6)));
    table.sets.insert("unchecked".to_owned(), Set::of(&["ifname", "ether_addr"]).with(unchecked(vpc)));
    table.chains.insert("source".to_owned(), source_chain());
    let overlay = (!vpc.neighbors.is_empty()).then_some(OVERLAY);
    for link in interfaces().map(|interface| interface.link.as_str()).chain(overlay) {
        table.chains.insert(format!("from-{link}"), Chain::of(["jump source"]).at_device(link));
    }
    table
}

fn source_set(address_type: &str, elements: impl Iterator<Item = String>) -> Set {
    Set::of(&["ifname", "ether_addr", address_type]).with(elements)
}

/// An ARP packet is checked twice: the frame's sender and the sender it tells about. NDP needs no check of its own:
/// its packets are IPv6 packets, and the neighbour entries that matter are permanent. That is also why an unchecked
/// interface may ask in any name: what it could poison is its own link.
fn source_chain() -> Chain {
    Chain::of([
        "iifname . ether saddr . ip saddr @source4 accept",
        "iifname . ether saddr . ip6 saddr @source6 accept",
        "arp operation { request, reply } iifname . ether saddr . arp saddr ip @source4 \
         iifname . arp saddr ether . arp saddr ip @source4 accept",
        "ether type { arp, ip, ip6 } iifname . ether saddr @unchecked accept",
        "counter drop",
    ])
}

fn own_ipv4(interface: &Interface) -> impl Iterator<Item = String> {
    interface.addresses.iter().filter(|address| address.is_ipv4()).map(|address| source(interface, *address))
}

/// The link-local address is for NDP alone: it is never routed.
fn own_ipv6(interface: &Interface) -> impl Iterator<Item = String> {
    let link_local = IpAddr::V6(names::link_local(interface.mac));
    let own = interface.addresses.iter().copied().filter(IpAddr::is_ipv6);
    own.chain([link_local]).map(|address| source(interface, address))
}

fn source(interface: &Interface, address: IpAddr) -> String {
    format!("{} . {} . {address}", interface.link, names::mac_text(interface.mac))
}

/// Interfaces whose source check is off, and other machines: those checked their own senders, and a router among
/// them forwards for anybody.
fn unchecked(vpc: &Vpc) -> BTreeSet<String> {
    let own = vpc.interfaces.values().filter(|interface| !interface.checked);
    let own = own.map(|interface| format!("{} . {}", interface.link, names::mac_text(interface.mac)));
    let machines =
        vpc.neighbors.values().map(|neighbor| names::mac_text(names::overlay_mac(neighbor.underlay)));
    own.chain(machines.map(|mac| format!("{OVERLAY} . {mac}"))).collect()
}

fn routed_table(vpc: &Vpc, metadata_port: u16) -> Table {
    let mut table = Table::default();
    table.chains.insert("egress".to_owned(), egress());
    table.chains.insert("ingress".to_owned(), ingress());
    table.chains.insert("input".to_owned(), input(vpc, metadata_port));
    table.chains.insert("output".to_owned(), output());
    table.sets.insert("egress".to_owned(), verdicts(vpc, "out", "jump from-gateway"));
    table.sets.insert("ingress".to_owned(), verdicts(vpc, "in", "jump to-gateway"));
    add_gateway(&mut table, vpc);
    for interface in vpc.interfaces.values() {
        add_interface(&mut table, interface);
    }
    let used: BTreeSet<&String> = vpc.interfaces.values().flat_map(|interface| &interface.groups).collect();
    for group in used {
        add_group(&mut table, vpc, group);
    }
    table
}

fn egress() -> Chain {
    Chain::of([KNOWN, "ct state invalid drop", "iifname vmap @egress"]).hooked(
        "filter",
        "forward",
        FORWARD_EGRESS,
        "drop",
    )
}

/// What came from outside or from another machine ends here: it is not passed on to either.
fn ingress() -> Chain {
    let through = format!("iifname {{ {UPLINK}, {OVERLAY} }} oifname {{ {UPLINK}, {OVERLAY} }} drop");
    Chain::of([KNOWN, &through, "oifname vmap @ingress"]).hooked("filter", "forward", FORWARD_INGRESS, "drop")
}

/// Of the router itself only neighbour discovery, the metadata service and the resolver answer. Security groups have no say
/// in any of them.
fn input(vpc: &Vpc, metadata_port: u16) -> Chain {
    let metadata = format!("iifname \"e-*\" ip daddr {METADATA} tcp dport {metadata_port} accept");
    let resolvers = vpc.resolvers().flat_map(|address| {
        PORTS.map(|(protocol, port)| {
            format!("iifname \"e-*\" ip daddr {address} {protocol} dport {port} accept")
        })
    });
    let ours = [
        KNOWN,
        "iifname lo accept",
        "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept",
        &metadata,
    ];
    Chain::of(ours.map(str::to_owned).into_iter().chain(resolvers)).hooked("filter", "input", 0, "drop")
}

/// A health check is let in where any other member of the VPC with its address would be.
fn output() -> Chain {
    let judged = format!("ip saddr {CHECKERS} oifname vmap @ingress");
    let rest = format!("ip saddr {CHECKERS} drop");
    Chain::of([KNOWN, &judged, &rest]).hooked("filter", "output", 0, "accept")
}

fn verdicts(vpc: &Vpc, direction: &str, gateway: &str) -> Set {
    let interfaces = vpc.interfaces.values();
    let mut elements: BTreeSet<String> =
        interfaces.map(|interface| format!("{0} : jump link-{direction}-{0}", interface.link)).collect();
    if vpc.gateway.is_some() {
        elements.insert(format!("{UPLINK} : {gateway}"));
    }
    if !vpc.neighbors.is_empty() {
        elements.insert(format!("{OVERLAY} : accept"));
    }
    Set::map("ifname", "verdict").with(elements)
}

/// Without translation nothing passes the gateway in either direction, except IPv6, which has none.
fn add_gateway(table: &mut Table, vpc: &Vpc) {
    let pairs = || vpc.interfaces.values().flat_map(|interface| &interface.public);
    let inward = pairs().map(|(private, public)| format!("{public} : {private}"));
    let outward = pairs().map(|(private, public)| format!("{private} : {public}"));
    let with_public = pairs().map(|(private, _)| private.to_string());
    let open = vpc.interfaces.values().flat_map(|interface| vpc.open_ipv6(interface)).map(|a| a.to_string());
    table.sets.insert("to-private".to_owned(), Set::map("ipv4_addr", "ipv4_addr").with(inward));
    table.sets.insert("to-public".to_owned(), Set::map("ipv4_addr", "ipv4_addr").with(outward));
    table.sets.insert("with-public".to_owned(), Set::of(&["ipv4_addr"]).with(with_public));
    table.sets.insert("open6".to_owned(), Set::of(&["ipv6_addr"]).with(open));
    table
        .chains
        .insert("from-gateway".to_owned(), Chain::of(["ct status dnat accept", "ip6 daddr @open6 accept"]));
    table.chains.insert(
        "to-gateway".to_owned(),
        Chain::of(["ip saddr @with-public accept", "ip6 saddr @open6 accept"]),
    );
    let inward = format!("iifname {UPLINK} dnat ip to ip daddr map @to-private");
    let outward = format!("oifname {UPLINK} snat ip to ip saddr map @to-public");
    table
        .chains
        .insert("prerouting".to_owned(), Chain::of([inward]).hooked("nat", "prerouting", DSTNAT, "accept"));
    table.chains.insert(
        "postrouting".to_owned(),
        Chain::of([outward]).hooked("nat", "postrouting", SRCNAT, "accept"),
    );
}

/// An interface passes what any of its groups admits.
fn add_interface(table: &mut Table, interface: &Interface) {
    for direction in ["out", "in"] {
        let jumps = interface.groups.iter().map(|group| format!("jump group-{direction}-{group}"));
        table.chains.insert(format!("link-{direction}-{}", interface.link), Chain::of(jumps));
    }
}

fn add_group(table: &mut Table, vpc: &Vpc, id: &str) {
    let Some(group) = vpc.groups.get(id) else { return };
    for (direction, egress) in [("out", true), ("in", false)] {
        let permissions = Permissions::new(group, egress, &vpc.groups);
        let mut rules = Vec::new();
        for (ipv6, shape) in [false, true].into_iter().flat_map(|ipv6| SHAPES.map(|shape| (ipv6, shape))) {
            let name = format!("{direction}-{}{}-{id}", shape_name(shape), if ipv6 { 6 } else { 4 });
            let elements = permissions.permits(ipv6, shape).map(|permit| element(permit, shape, ipv6));
            rules.push(format!("{} @{name} accept", fields(shape, ipv6, egress)));
            table.sets.insert(name, Set::intervals(&key(shape, ipv6)).with(elements));
        }
        table.chains.insert(format!("group-{direction}-{id}"), Chain::of(rules));
    }
}

fn shape_name(shape: Shape) -> &'static str {
    match shape {
        Shape::Ports => "ports",
        Shape::Protocols => "protocols",
        Shape::Icmp => "icmp",
    }
}

fn key(shape: Shape, ipv6: bool) -> Vec<&'static str> {
    let address = if ipv6 { "ipv6_addr" } else { "ipv4_addr" };
    match (shape, ipv6) {
        (Shape::Ports, _) => vec!["inet_proto", "inet_service", address],
        (Shape::Protocols, _) => vec!["inet_proto", address],
        (Shape::Icmp, false) => vec!["icmp_type", "icmp_code", address],
        (Shape::Icmp, true) => vec!["icmpv6_type", "icmpv6_code", address],
    }
}

fn fields(shape: Shape, ipv6: bool, egress: bool) -> String {
    let peer = format!("{} {}", if ipv6 { "ip6" } else { "ip" }, if egress { "daddr" } else { "saddr" });
    match (shape, ipv6) {
        (Shape::Ports, _) => format!("meta l4proto . th dport . {peer}"),
        (Shape::Protocols, _) => format!("meta l4proto . {peer}"),
        (Shape::Icmp, false) => format!("icmp type . icmp code . {peer}"),
        (Shape::Icmp, true) => format!("icmpv6 type . icmpv6 code . {peer}"),
    }
}

fn element(permit: &Permit, shape: Shape, ipv6: bool) -> String {
    let peer = if ipv6 {
        range(permit.peer, 128, |value| Ipv6Addr::from(value).to_string())
    } else {
        range(permit.peer, 32, |value| Ipv4Addr::from(value as u32).to_string())
    };
    match shape {
        Shape::Protocols => format!("{} . {peer}", small(permit.a)),
        Shape::Ports | Shape::Icmp => format!("{} . {} . {peer}", small(permit.a), small(permit.b)),
    }
}

fn small(span: Span<u16>) -> String {
    if span.first == span.last { span.first.to_string() } else { format!("{}-{}", span.first, span.last) }
}

/// As nft prints it: one address, a prefix if the range is one, else a range.
fn range(span: Span<u128>, width: u32, text: impl Fn(u128) -> String) -> String {
    let free = (span.first ^ span.last).count_ones();
    let is_prefix = (span.first ^ span.last) == low_bits(free) && span.first & low_bits(free) == 0;
    match (free, is_prefix) {
        (0, _) => text(span.first),
        (_, true) => format!("{}/{}", text(span.first), width - free),
        (_, false) => format!("{}-{}", text(span.first), text(span.last)),
    }
}

fn low_bits(count: u32) -> u128 {
    1_u128.checked_shl(count).map_or(u128::MAX, |bit| bit - 1)
}
