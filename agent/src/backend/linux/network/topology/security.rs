//! Security groups: what a rule's strings mean.

use super::parse::{addresses, network};
use super::{Topology, permanent};
use controlplane_proto::agent as proto;
use controlplane_proto::agent::security_group_rule::Peer as ProtoPeer;
use ipnet::IpNet;
use std::net::IpAddr;
use std::ops::RangeInclusive;

/// IANA protocol numbers that have names here.
pub(in crate::backend::linux::network) const ICMP: u8 = 1;
pub(in crate::backend::linux::network) const TCP: u8 = 6;
pub(in crate::backend::linux::network) const UDP: u8 = 17;
pub(in crate::backend::linux::network) const ICMPV6: u8 = 58;

/// A security group of a VPC.
#[derive(Debug, Default)]
pub(in crate::backend::linux::network) struct Group {
    pub(in crate::backend::linux::network) rules: Vec<GroupRule>,
    /// Addresses of its interfaces on all machines.
    pub(in crate::backend::linux::network) members: Vec<IpAddr>,
}

/// What one rule admits.
#[derive(Debug)]
pub(in crate::backend::linux::network) struct GroupRule {
    pub(in crate::backend::linux::network) egress: bool,
    pub(in crate::backend::linux::network) traffic: Traffic,
    pub(in crate::backend::linux::network) peer: Peer,
}

/// Which packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend::linux::network) enum Traffic {
    /// Whole protocols.
    Protocols(RangeInclusive<u8>),
    /// Destination ports of TCP or UDP.
    Ports(u8, RangeInclusive<u16>),
    /// Types and codes of one of the two ICMPs.
    Icmp { version6: bool, types: RangeInclusive<u8>, codes: RangeInclusive<u8> },
}

/// From or to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::backend::linux::network) enum Peer {
    Cidr(IpNet),
    Group(String),
}

/// A rule that cannot be read is reported and admits nobody; the group's other rules hold.
pub(super) fn add_group(
    topology: &mut Topology,
    id: &str,
    group: &proto::SecurityGroup,
) -> Result<(), String> {
    if !super::super::names::is_plain(id) {
        return Err(format!("id: {id:?} is not 1 to 64 letters, digits and hyphens"));
    }
    let members = addresses("member_addresses", &group.member_addresses)?;
    topology.vpc(&group.vpc_id)?;
    let mut rules = Vec::new();
    for wanted in &group.rules {
        match rule(wanted) {
            Ok(rule) => rules.push(rule),
            Err(reason) => {
                topology.problems.push(permanent(
                    "security_group",
                    id,
                    format!("rule {}: {reason}", wanted.id),
                ));
            }
        }
    }
    topology.vpc(&group.vpc_id)?.groups.insert(id.to_owned(), Group { rules, members });
    Ok(())
}

fn rule(rule: &proto::SecurityGroupRule) -> Result<GroupRule, String> {
    let peer = match &rule.peer {
        Some(ProtoPeer::Cidr(cidr)) => Peer::Cidr(network("cidr", cidr)?),
        Some(ProtoPeer::GroupId(id)) => Peer::Group(id.clone()),
        None => return Err("peer: neither a CIDR block nor a group".to_owned()),
    };
    let traffic = traffic(rule)?;
    if let (Traffic::Icmp { version6, .. }, Peer::Cidr(cidr)) = (&traffic, &peer)
        && cidr.addr().is_ipv6() != *version6
    {
        return Err(format!("cidr: {cidr} is of another family than protocol {}", rule.protocol));
    }
    Ok(GroupRule { egress: rule.egress, traffic, peer })
}

fn traffic(rule: &proto::SecurityGroupRule) -> Result<Traffic, String> {
    match protocol(&rule.protocol)? {
        None => Ok(Traffic::Protocols(0..=u8::MAX)),
        Some(number @ (TCP | UDP)) => ports(number, rule.from_port, rule.to_port),
        Some(number @ (ICMP | ICMPV6)) => icmp(number, rule.from_port, rule.to_port),
        Some(number) => Ok(Traffic::Protocols(number..=number)),
    }
}

/// `None` is every protocol.
fn protocol(name: &str) -> Result<Option<u8>, String> {
    match name {
        "-1" => Ok(None),
        "tcp" => Ok(Some(TCP)),
        "udp" => Ok(Some(UDP)),
        "icmp" => Ok(Some(ICMP)),
        "icmpv6" => Ok(Some(ICMPV6)),
        number => number.parse().map(Some).map_err(|_| format!("protocol: {number:?} is no protocol")),
    }
}

fn ports(protocol: u8, from: i32, to: i32) -> Result<Traffic, String> {
    if (from, to) == (-1, -1) || (from, to) == (0, i32::from(u16::MAX)) {
        return Ok(Traffic::Protocols(protocol..=protocol));
    }
    match (u16::try_from(from), u16::try_from(to)) {
        (Ok(from), Ok(to)) if from <= to => Ok(Traffic::Ports(protocol, from..=to)),
        _ => Err(format!("from_port, to_port: {from} to {to} is no range of ports")),
    }
}

fn icmp(protocol: u8, kind: i32, code: i32) -> Result<Traffic, String> {
    if kind == -1 {
        return Ok(Traffic::Protocols(protocol..=protocol));
    }
    let types = u8::try_from(kind).map_err(|_| format!("from_port: {kind} is no ICMP type"))?;
    let codes = match code {
        -1 => 0..=u8::MAX,
        code => u8::try_from(code)
            .map(|code| code..=code)
            .map_err(|_| format!("to_port: {code} is no ICMP code"))?,
    };
    Ok(Traffic::Icmp { version6: protocol == ICMPV6, types: types..=types, codes })
}
