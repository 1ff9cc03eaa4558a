//! Rules: one direction, one protocol, one range of ports, one peer.

use crate::errors::{self, Noun};
use crate::prefix_list;
use crate::resource::Resource;
use controlplane_services_kernel::{Context, Reader, Record, Stored};
use ipnet::IpNet;
use minicbor::{Decode, Encode};
use std::fmt;

/// Index: the group it is part of.
const BY_GROUP: &str = "group";
/// Index: the group or prefix list it refers to.
pub const BY_PEER: &str = "peer";

/// AWS's word for every protocol.
pub(crate) const ALL_PROTOCOLS: &str = "-1";
/// Every port, every ICMP type or code.
pub(crate) const ALL_PORTS: i32 = -1;

/// One rule. Id: `sgr-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct SecurityGroupRule {
    /// The group it is part of.
    #[n(0)]
    pub group_id: String,
    /// What members may reach (`true`) or what may reach them (`false`).
    #[n(1)]
    pub egress: bool,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, another protocol's number, or `-1` for all.
    #[n(2)]
    pub protocol: String,
    /// First port or ICMP type; -1 for all.
    #[n(3)]
    pub from_port: i32,
    /// Last port or ICMP code; -1 for all.
    #[n(4)]
    pub to_port: i32,
    /// Who is at the other end.
    #[n(5)]
    pub peer: Peer,
    /// Free text.
    #[n(6)]
    pub description: Option<String>,
}

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Peer {
    /// A block in canonical form, IPv4 or IPv6.
    #[n(0)]
    Cidr(#[cbor(n(0), with = "controlplane_types::cbor::text")] IpNet),
    /// The members of a group of the same VPC.
    #[n(1)]
    Group(#[n(0)] String),
    /// Every block of a prefix list.
    #[n(2)]
    PrefixList(#[n(0)] String),
}

impl Peer {
    /// The group, if it is one.
    pub fn group(&self) -> Option<&str> {
        match self {
            Self::Group(id) => Some(id),
            Self::Cidr(_) | Self::PrefixList(_) => None,
        }
    }

    /// The prefix list, if it is one.
    pub fn prefix_list(&self) -> Option<&str> {
        match self {
            Self::PrefixList(id) => Some(id),
            Self::Cidr(_) | Self::Group(_) => None,
        }
    }

    /// The IPv4 block, if it is one.
    pub fn ipv4(&self) -> Option<String> {
        match self {
            Self::Cidr(IpNet::V4(net)) => Some(net.to_string()),
            _ => None,
        }
    }

    /// The IPv6 block, if it is one.
    pub fn ipv6(&self) -> Option<String> {
        match self {
            Self::Cidr(IpNet::V6(net)) => Some(net.to_string()),
            _ => None,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(net) => net.fmt(f),
            Self::Group(id) | Self::PrefixList(id) => f.write_str(id),
        }
    }
}

/// As AWS speaks of a rule in errors.
impl fmt::Display for SecurityGroupRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol =
            if self.protocol == ALL_PROTOCOLS { "ALL".to_owned() } else { self.protocol.to_uppercase() };
        write!(f, "peer: {}, {protocol}", self.peer)?;
        if self.from_port != ALL_PORTS || self.to_port != ALL_PORTS {
            write!(f, ", from port: {}, to port: {}", self.from_port, self.to_port)?;
        }
        f.write_str(", ALLOW")
    }
}

impl SecurityGroupRule {
    /// The rule that lets everything from or to `peer` through.
    pub(crate) fn everything(group_id: &str, egress: bool, peer: Peer) -> Self {
        Self {
            group_id: group_id.to_owned(),
            egress,
            protocol: ALL_PROTOCOLS.to_owned(),
            from_port: ALL_PORTS,
            to_port: ALL_PORTS,
            peer,
            description: None,
        }
    }

    /// How much of its group's quota it takes: a prefix list as much as it has room for.
    pub(crate) fn weight(&self, cx: &Reader) -> usize {
        self.peer.prefix_list().map_or(1, |id| prefix_list::weight(id, cx))
    }

    /// Whether both let the same through; descriptions do not count.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    fn identity(&self) -> (&str, bool, &str, i32, i32, &Peer) {
        (&self.group_id, self.egress, &self.protocol, self.from_port, self.to_port, &self.peer)
    }
}

impl Record for SecurityGroupRule {
    const KIND: &'static str = "security_group_rule";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_GROUP, &self.group_id);
        if let Some(peer) = self.peer.group().or(self.peer.prefix_list()) {
            add(BY_PEER, peer);
        }
    }
}

impl Resource for SecurityGroupRule {
    const NOUN: &'static Noun = &errors::SECURITY_GROUP_RULE;
}

/// The rules of a group, both directions, by id.
pub fn rules_of<'r>(
    group_id: &str,
    cx: &'r Reader,
) -> impl Iterator<Item = Stored<'r, SecurityGroupRule>> + use<'r> {
    cx.find(BY_GROUP, group_id)
}

/// The rules, of whichever group, that let members of a group or blocks of a prefix list through, by id.
pub fn rules_referring_to<'r>(
    peer_id: &str,
    cx: &'r Reader,
) -> impl Iterator<Item = Stored<'r, SecurityGroupRule>> + use<'r> {
    cx.find(BY_PEER, peer_id)
}

/// Writes a rule under a new id.
pub(crate) fn put_new(rule: SecurityGroupRule, cx: &mut Context) -> String {
    let id = cx.new_id("sgr-");
    cx.put(&id, rule);
    id
}
