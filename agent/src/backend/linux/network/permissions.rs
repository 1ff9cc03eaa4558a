//! What a set of rules admits, as disjoint boxes.
//!
//! Rules overlap freely (port 22 from everywhere, all ports from 10.0.0.0/8), but an nftables interval set takes no
//! overlapping elements. So rules are cut into boxes in three dimensions that never overlap and are as few as can
//! be, and the same boxes answer, in this program, whether a connection that is already open is still allowed.
//! One rule of nftables per security group rule was rejected: a chain grows linearly, and changing a rule
//! would replace chain contents instead of elements.

use super::topology::{Group, GroupRule, Peer, Traffic};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::RangeInclusive;

/// An inclusive range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span<T> {
    pub(super) first: T,
    pub(super) last: T,
}

/// Packets whose two header fields and peer address fall into the ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Permit {
    /// Protocol, or ICMP type.
    pub(super) a: Span<u16>,
    /// Port, or ICMP code; whole for protocols that have neither.
    pub(super) b: Span<u16>,
    /// Peer address; IPv4 addresses are their 32-bit value.
    pub(super) peer: Span<u128>,
}

/// Which header fields a permit looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// Protocol and destination port.
    Ports,
    /// Protocol only.
    Protocols,
    /// ICMP type and code.
    Icmp,
}

/// All shapes.
pub(super) const SHAPES: [Shape; 3] = [Shape::Ports, Shape::Protocols, Shape::Icmp];

/// What one direction of a group admits, by address family (`true` is IPv6) and shape. Disjoint within each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Permissions(BTreeMap<(bool, Shape), BTreeSet<Permit>>);

/// The first packet of a connection, from the side of one interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) protocol: u8,
    /// Destination port, or ICMP type and code.
    pub(super) detail: (u16, u16),
    /// The other end.
    pub(super) peer: IpAddr,
}

impl Permissions {
    /// What `group` admits in one direction; `groups` are the VPC's, for rules that refer to one.
    pub(super) fn new(group: &Group, egress: bool, groups: &BTreeMap<String, Group>) -> Self {
        let mut permits: BTreeMap<(bool, Shape), Vec<Permit>> = BTreeMap::new();
        for rule in group.rules.iter().filter(|rule| rule.egress == egress) {
            let (shape, a, b) = fields(&rule.traffic);
            for (ipv6, peer) in peers(rule, groups) {
                permits.entry((ipv6, shape)).or_default().push(Permit { a, b, peer });
            }
        }
        Self(permits.into_iter().map(|(key, permits)| (key, disjoint(&permits))).collect())
    }

    /// The disjoint permits of one family and shape.
    pub(super) fn permits(&self, ipv6: bool, shape: Shape) -> impl Iterator<Item = &Permit> {
        self.0.get(&(ipv6, shape)).into_iter().flatten()
    }

    /// Whether a connection may be opened.
    pub(super) fn admits(&self, opening: &Opening) -> bool {
        let protocol = u16::from(opening.protocol);
        let (ipv6, peer) = number(opening.peer);
        let (first, second) = opening.detail;
        let has = |shape, a, b: Option<u16>| {
            self.permits(ipv6, shape).any(|permit| {
                permit.a.contains(a) && b.is_none_or(|b| permit.b.contains(b)) && permit.peer.contains(peer)
            })
        };
        has(Shape::Protocols, protocol, None)
            || match opening.protocol {
                super::topology::ICMP | super::topology::ICMPV6 => has(Shape::Icmp, first, Some(second)),
                _ => has(Shape::Ports, protocol, Some(first)),
            }
    }
}

impl<T: Ord + Copy> Span<T> {
    fn contains(&self, value: T) -> bool {
        self.first <= value && value <= self.last
    }

    fn covers(&self, inner: &Self) -> bool {
        self.first <= inner.first && inner.last <= self.last
    }
}

fn span<T: Copy + Into<u16>>(range: &RangeInclusive<T>) -> Span<u16> {
    Span { first: (*range.start()).into(), last: (*range.end()).into() }
}

fn fields(traffic: &Traffic) -> (Shape, Span<u16>, Span<u16>) {
    let whole = Span { first: 0, last: u16::MAX };
    match traffic {
        Traffic::Protocols(protocols) => (Shape::Protocols, span(protocols), whole),
        Traffic::Ports(protocol, ports) => (Shape::Ports, span(&(*protocol..=*protocol)), span(ports)),
        Traffic::Icmp { types, codes, .. } => (Shape::Icmp, span(types), span(codes)),
    }
}

fn peers(rule: &GroupRule, groups: &BTreeMap<String, Group>) -> Vec<(bool, Span<u128>)> {
    let peers: Vec<IpNet> = match &rule.peer {
        Peer::Cidr(network) => vec![*network],
        Peer::Group(id) => {
            groups.get(id).into_iter().flat_map(|group| &group.members).copied().map(IpNet::from).collect()
        }
    };
    peers.into_iter().filter(|peer| speaks(&rule.traffic, peer)).map(addresses).collect()
}

/// Whether the traffic exists in the peer's address family.
fn speaks(traffic: &Traffic, peer: &IpNet) -> bool {
    match traffic {
        Traffic::Icmp { version6, .. } => *version6 == peer.addr().is_ipv6(),
        Traffic::Protocols(_) | Traffic::Ports(..) => true,
    }
}

fn addresses(network: IpNet) -> (bool, Span<u128>) {
    let (ipv6, first) = number(network.network());
    let (_, last) = number(network.broadcast());
    (ipv6, Span { first, last })
}

fn number(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (false, u128::from(u32::from(address))),
        IpAddr::V6(address) => (true, u128::from(address)),
    }
}

/// Cuts boxes so that none overlap and neighbours with equal content are one. The result depends only on the set of
/// packets admitted, not on the rules that said so: rewriting rules without changing their meaning changes nothing.
fn disjoint(permits: &[Permit]) -> BTreeSet<Permit> {
    let columns = |inside: &[Permit]| cut(inside, |permit| permit.b, peers_of);
    let mut boxes = BTreeSet::new();
    for (a, columns) in cut(permits, |permit| permit.a, columns) {
        for (b, peers) in columns {
            boxes.extend(peers.into_iter().map(|peer| Permit { a, b, peer }));
        }
    }
    boxes
}

fn peers_of(permits: &[Permit]) -> Vec<Span<u128>> {
    merge(permits.iter().map(|permit| permit.peer).collect())
}

/// Splits one dimension at every boundary, describes each slice, and joins adjacent slices of equal description.
fn cut<D: PartialEq>(
    permits: &[Permit],
    side: impl Fn(&Permit) -> Span<u16>,
    describe: impl Fn(&[Permit]) -> D,
) -> Vec<(Span<u16>, D)> {
    let mut slices: Vec<(Span<u16>, D)> = Vec::new();
    for slice in elementary(permits.iter().map(&side)) {
        let inside: Vec<Permit> =
            permits.iter().filter(|permit| side(permit).covers(&slice)).copied().collect();
        if inside.is_empty() {
            continue;
        }
        let description = describe(&inside);
        match slices.last_mut() {
            Some((before, same))
                if before.last.checked_add(1) == Some(slice.first) && *same == description =>
            {
                before.last = slice.last;
            }
            _ => slices.push((slice, description)),
        }
    }
    slices
}

/// The finest slices that every given range is made of.
fn elementary(spans: impl Iterator<Item = Span<u16>>) -> Vec<Span<u16>> {
    let starts: BTreeSet<u32> =
        spans.flat_map(|span| [u32::from(span.first), u32::from(span.last) + 1]).collect();
    let slice = |(from, to): (&u32, &u32)| {
        Some(Span { first: u16::try_from(*from).ok()?, last: u16::try_from(*to - 1).ok()? })
    };
    starts.iter().zip(starts.iter().skip(1)).filter_map(slice).collect()
}

/// The union of ranges as disjoint, non-adjacent ranges in order.
fn merge(mut spans: Vec<Span<u128>>) -> Vec<Span<u128>> {
    spans.sort_unstable();
    let mut merged: Vec<Span<u128>> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(before) if span.first <= before.last.saturating_add(1) => {
                before.last = before.last.max(span.last)
            }
            _ => merged.push(span),
        }
    }
    merged
}

#[cfg(test)]
mod tests;
