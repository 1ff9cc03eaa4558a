//! `IpPermissions`: AWS's older form of rules, several peers under one protocol and range of ports.

use super::rule::{ALL_PORTS, Peer, SecurityGroupRule};
use super::{SecurityGroup, named, validate};
use crate::errors;
use crate::prefix_list;
use crate::resource::require;
use crate::vpc::{canonical_ipv4, canonical_ipv6, require_default};
use controlplane_services_kernel::{Reader, ServiceError};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rules as a request gives them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct IpPermission {
    pub(crate) ip_protocol: Option<String>,
    pub(crate) from_port: Option<i32>,
    pub(crate) to_port: Option<i32>,
    pub(crate) ip_ranges: Option<Vec<IpRange>>,
    pub(crate) ipv6_ranges: Option<Vec<Ipv6Range>>,
    pub(crate) prefix_list_ids: Option<Vec<PrefixListId>>,
    pub(crate) user_id_group_pairs: Option<Vec<UserIdGroupPair>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct IpRange {
    pub(crate) cidr_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Ipv6Range {
    pub(crate) cidr_ipv6: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PrefixListId {
    pub(crate) prefix_list_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct UserIdGroupPair {
    pub(crate) group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_name: Option<String>,
    pub(crate) user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vpc_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

/// Rules as AWS shows them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct IpPermissionShape {
    pub(crate) ip_protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from_port: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to_port: Option<i32>,
    pub(crate) ip_ranges: Vec<IpRange>,
    pub(crate) ipv6_ranges: Vec<Ipv6Range>,
    pub(crate) prefix_list_ids: Vec<PrefixListId>,
    pub(crate) user_id_group_pairs: Vec<UserIdGroupPair>,
}

/// The rules that `permissions` name for one direction of a group, each once.
pub(super) fn read(
    permissions: &[IpPermission],
    group_id: &str,
    egress: bool,
    cx: &Reader,
) -> Result<Vec<SecurityGroupRule>, ServiceError> {
    if permissions.is_empty() {
        return Err(errors::no_permissions());
    }
    let mut rules: Vec<SecurityGroupRule> = Vec::new();
    for permission in permissions {
        for rule in read_one(permission, group_id, egress, cx)? {
            if rules.iter().any(|other| other.same_as(&rule)) {
                return Err(errors::duplicate_rule_in_request(&rule.to_string()));
            }
            rules.push(rule);
        }
    }
    Ok(rules)
}

fn read_one(
    permission: &IpPermission,
    group_id: &str,
    egress: bool,
    cx: &Reader,
) -> Result<Vec<SecurityGroupRule>, ServiceError> {
    let protocol = permission.ip_protocol.as_deref().ok_or_else(errors::missing_protocol)?;
    let (protocol, from_port, to_port) =
        validate::traffic(protocol, permission.from_port, permission.to_port)?;
    let peers = peers(permission, group_id, cx)?;
    if peers.is_empty() {
        return Err(errors::permission_without_peer());
    }
    let rule = |(peer, description)| SecurityGroupRule {
        group_id: group_id.to_owned(),
        egress,
        protocol: protocol.clone(),
        from_port,
        to_port,
        peer,
        description,
    };
    Ok(peers.into_iter().map(rule).collect())
}

type Described = (Peer, Option<String>);

fn peers(permission: &IpPermission, group_id: &str, cx: &Reader) -> Result<Vec<Described>, ServiceError> {
    let mut peers = Vec::new();
    for range in permission.ip_ranges.iter().flatten() {
        let peer = ipv4(range.cidr_ip.as_deref().unwrap_or_default(), "cidrIp")?;
        peers.push((peer, validate::rule_description(range.description.as_deref())?));
    }
    for range in permission.ipv6_ranges.iter().flatten() {
        let peer = ipv6(range.cidr_ipv6.as_deref().unwrap_or_default(), "cidrIpv6")?;
        peers.push((peer, validate::rule_description(range.description.as_deref())?));
    }
    for list in permission.prefix_list_ids.iter().flatten() {
        let peer = prefix_list_peer(list.prefix_list_id.as_deref().unwrap_or_default(), cx)?;
        peers.push((peer, validate::rule_description(list.description.as_deref())?));
    }
    for pair in permission.user_id_group_pairs.iter().flatten() {
        let peer = group(pair, group_id, cx)?;
        peers.push((peer, validate::rule_description(pair.description.as_deref())?));
    }
    Ok(peers)
}

/// A block of IPv4 addresses as a peer.
pub(super) fn ipv4(text: &str, parameter: &str) -> Result<Peer, ServiceError> {
    canonical_ipv4(text, parameter).map(|net| Peer::Cidr(IpNet::V4(net)))
}

/// A block of IPv6 addresses as a peer.
pub(super) fn ipv6(text: &str, parameter: &str) -> Result<Peer, ServiceError> {
    canonical_ipv6(text, parameter).map(|net| Peer::Cidr(IpNet::V6(net)))
}

/// The blocks of a prefix list as a peer.
pub(super) fn prefix_list_peer(id: &str, cx: &Reader) -> Result<Peer, ServiceError> {
    prefix_list::require(id, cx).map(|_| Peer::PrefixList(id.to_owned()))
}

/// The members of a group as a peer of `group_id`; both are in one VPC.
pub(super) fn group_peer(peer_id: &str, group_id: &str, cx: &Reader) -> Result<Peer, ServiceError> {
    let own = &require::<SecurityGroup>(group_id, cx)?.vpc_id;
    if require::<SecurityGroup>(peer_id, cx)?.vpc_id != *own {
        return Err(errors::peer_in_other_network(group_id, peer_id));
    }
    Ok(Peer::Group(peer_id.to_owned()))
}

fn group(pair: &UserIdGroupPair, group_id: &str, cx: &Reader) -> Result<Peer, ServiceError> {
    if let Some(account) = pair.user_id.as_ref().filter(|account| **account != cx.caller.account.0) {
        return Err(errors::peer_of_other_account(account));
    }
    let peer_id = match (&pair.group_id, &pair.group_name) {
        (Some(id), _) => id.clone(),
        (None, Some(name)) => by_name_in_default_vpc(name, cx)?,
        (None, None) => return Err(errors::peer_without_group()),
    };
    let peer = group_peer(&peer_id, group_id, cx)?;
    let own = &require::<SecurityGroup>(&peer_id, cx)?.vpc_id;
    if let Some(other) = pair.vpc_id.as_ref().filter(|vpc_id| *vpc_id != own) {
        return Err(errors::peer_of_other_vpc(other));
    }
    Ok(peer)
}

/// Names stand for groups only in the default VPC.
pub(super) fn by_name_in_default_vpc(name: &str, cx: &Reader) -> Result<String, ServiceError> {
    let vpc_id = require_default(cx)?;
    named(name, &vpc_id, cx).ok_or_else(|| errors::group_not_found_by_name(name, &vpc_id))
}

/// Rules of one direction, bundled by protocol and ports.
pub(super) fn show<'r>(
    rules: impl Iterator<Item = &'r SecurityGroupRule>,
    cx: &Reader,
) -> Vec<IpPermissionShape> {
    let mut bundles: BTreeMap<(&str, i32, i32), IpPermissionShape> = BTreeMap::new();
    for rule in rules {
        let bundle = bundles.entry((&rule.protocol, rule.from_port, rule.to_port)).or_default();
        bundle.ip_protocol.clone_from(&rule.protocol);
        if has_ports(&rule.protocol) {
            bundle.from_port = Some(rule.from_port);
            bundle.to_port = Some(rule.to_port);
        }
        bundle.add(rule, cx);
    }
    bundles.into_values().collect()
}

fn has_ports(protocol: &str) -> bool {
    matches!(protocol, "tcp" | "udp" | "icmp" | "icmpv6")
}

impl IpPermissionShape {
    fn add(&mut self, rule: &SecurityGroupRule, cx: &Reader) {
        let description = rule.description.clone();
        match &rule.peer {
            Peer::Cidr(IpNet::V4(net)) => {
                self.ip_ranges.push(IpRange { cidr_ip: Some(net.to_string()), description });
            }
            Peer::Cidr(IpNet::V6(net)) => {
                self.ipv6_ranges.push(Ipv6Range { cidr_ipv6: Some(net.to_string()), description });
            }
            Peer::PrefixList(id) => {
                self.prefix_list_ids.push(PrefixListId { prefix_list_id: Some(id.clone()), description });
            }
            Peer::Group(id) => self.user_id_group_pairs.push(UserIdGroupPair {
                group_id: Some(id.clone()),
                user_id: Some(cx.caller.account.to_string()),
                description,
                ..UserIdGroupPair::default()
            }),
        }
    }
}

/// The parts of a rule that say what it lets through, without descriptions; for naming a rule that is not
/// there.
pub(super) fn show_one(rule: &SecurityGroupRule, cx: &Reader) -> IpPermissionShape {
    let from_port = Some(rule.from_port).filter(|port| *port != ALL_PORTS);
    let to_port = Some(rule.to_port).filter(|port| *port != ALL_PORTS);
    let mut shown =
        IpPermissionShape { ip_protocol: rule.protocol.clone(), from_port, to_port, ..Default::default() };
    shown.add(rule, cx);
    shown
}
