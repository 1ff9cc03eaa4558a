//! Connections that were allowed once and are no longer.
//!
//! Filters judge only the first packet of a connection. After each change of a VPC's filters its connections are
//! judged again, by the same boxes the filters were made of, and those that would not be let in today are deleted.
//! Deleting all connections of the addresses concerned was rejected: with mid-stream pick-up off (see
//! `firewall::vpc`) that would also end the ones that are still allowed.
//!
//! An address that belongs to no interface we know (traffic through an interface whose source check is off) cannot
//! be traced to one, so such a connection stays only if every unchecked interface could carry it.

use super::error::Result;
use super::firewall::vpc::METADATA;
use super::kernel::conntrack::{self, Connection, Tuple};
use super::kernel::netfilter;
use super::names::CHECKERS;
use super::permissions::{Opening, Permissions};
use super::topology::{ICMP, ICMPV6, Interface, Vpc};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Deletes what is no longer allowed in the namespace the calling thread is in. Returns how many connections ended.
pub(super) fn enforce(vpc: &Vpc) -> Result<usize> {
    // What comes from now on is judged by the filters.
    if conntrack::is_empty()? {
        return Ok(0);
    }
    let mut netlink = netfilter::open()?;
    let judge = Judge::new(vpc);
    let connections = conntrack::list(&mut netlink)?;
    let revoked: Vec<Connection> =
        connections.into_iter().filter(|connection| !judge.allows(connection)).collect();
    let count = revoked.len();
    revoked.into_iter().try_for_each(|connection| conntrack::delete(&mut netlink, connection))?;
    Ok(count)
}

/// What a VPC allows now.
pub(super) struct Judge<'a> {
    vpc: &'a Vpc,
    interfaces: BTreeMap<IpAddr, &'a Interface>,
    remote: BTreeSet<IpAddr>,
    /// The router's: metadata service and resolver.
    own: BTreeSet<IpAddr>,
    permissions: BTreeMap<(&'a str, bool), Permissions>,
    open6: BTreeSet<IpAddr>,
}

enum End<'a> {
    Interface(&'a Interface),
    /// Judged by its own machine, or by nobody.
    Trusted,
    Unknown,
}

impl<'a> Judge<'a> {
    pub(super) fn new(vpc: &'a Vpc) -> Self {
        let own = vpc.interfaces.values();
        let interfaces =
            own.flat_map(|interface| interface.addresses.iter().map(move |address| (*address, interface)));
        let groups = vpc.groups.iter().flat_map(|(id, group)| {
            [true, false].map(|egress| ((id.as_str(), egress), Permissions::new(group, egress, &vpc.groups)))
        });
        Self {
            vpc,
            interfaces: interfaces.collect(),
            remote: vpc.neighbors.values().flat_map(|neighbor| neighbor.addresses.iter().copied()).collect(),
            own: vpc.resolvers().chain([METADATA]).map(IpAddr::V4).collect(),
            permissions: groups.collect(),
            open6: vpc.interfaces.values().flat_map(|interface| vpc.open_ipv6(interface)).collect(),
        }
    }

    /// Whether the connection's first packet would pass today, with the same translation.
    pub(super) fn allows(&self, connection: &Connection) -> bool {
        let (from, to) = (&connection.original, &connection.reply);
        let inward = from.destination != to.source;
        let outward = from.source != to.destination;
        if (inward && !self.translates(to.source, from.destination))
            || (outward && !self.translates(from.source, to.destination))
        {
            return false;
        }
        let from_gateway = inward || self.open6.contains(&to.source);
        let to_gateway = outward || self.open6.contains(&from.source);
        self.passes(true, from.source, &opening(from, to, to.source), from_gateway)
            && self.passes(false, to.source, &opening(from, to, from.source), to_gateway)
    }

    fn passes(&self, egress: bool, end: IpAddr, opening: &Opening, over_gateway: bool) -> bool {
        match self.locate(end) {
            End::Interface(interface) => self.admits(interface, egress, opening),
            End::Trusted => true,
            End::Unknown => over_gateway || self.every_unchecked_admits(egress, opening),
        }
    }

    fn locate(&self, address: IpAddr) -> End<'a> {
        match self.interfaces.get(&address) {
            Some(interface) => End::Interface(interface),
            None if self.remote.contains(&address) || self.own.contains(&address) => End::Trusted,
            None if is_checker(address) => End::Trusted,
            None => End::Unknown,
        }
    }

    fn every_unchecked_admits(&self, egress: bool, opening: &Opening) -> bool {
        let mut unchecked = self.vpc.interfaces.values().filter(|interface| !interface.checked).peekable();
        unchecked.peek().is_some() && unchecked.all(|interface| self.admits(interface, egress, opening))
    }

    fn admits(&self, interface: &Interface, egress: bool, opening: &Opening) -> bool {
        let permissions =
            interface.groups.iter().filter_map(|group| self.permissions.get(&(group.as_str(), egress)));
        permissions.into_iter().any(|permissions| permissions.admits(opening))
    }

    fn translates(&self, private: IpAddr, public: IpAddr) -> bool {
        let (IpAddr::V4(private), IpAddr::V4(public)) = (private, public) else {
            return false;
        };
        self.vpc.interfaces.values().any(|interface| interface.public.get(&private) == Some(&public))
    }
}

/// Health checks, of this machine or another.
fn is_checker(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if CHECKERS.contains(&address))
}

/// As the forward chains saw it: after the destination was translated, before the source was.
fn opening(from: &Tuple, to: &Tuple, peer: IpAddr) -> Opening {
    let detail = match from.protocol {
        ICMP | ICMPV6 => (from.icmp.0.into(), from.icmp.1.into()),
        _ => (to.source_port, 0),
    };
    Opening { protocol: from.protocol, detail, peer }
}

#[cfg(test)]
mod tests;
