//! Rules: which routing table is asked for which packets.

use super::super::error::{NetworkError, Result};
use super::super::model::{Rule, Selector};
use super::netlink::Netlink;
use super::routes::OURS;
use ipnet::IpNet;
use rtnetlink::packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rtnetlink::packet_route::rule::{RuleAction, RuleAttribute, RuleMessage};
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};

/// After the kernel's local table (0), before its main table (32766).
const PRIORITY: u32 = 1000;

/// Our rules.
pub(in crate::backend::linux::network) fn list(netlink: &mut Netlink) -> Result<Vec<Rule>> {
    let mut rules = Vec::new();
    for ipv6 in [false, true] {
        let mut request = RuleMessage::default();
        request.header.family = family(ipv6);
        let found = netlink
            .dump(RouteNetlinkMessage::GetRule(request))
            .map_err(NetworkError::system("list rules"))?;
        rules.extend(found.into_iter().filter_map(|message| read(message, ipv6)));
    }
    Ok(rules)
}

fn read(message: RouteNetlinkMessage, ipv6: bool) -> Option<Rule> {
    let RouteNetlinkMessage::NewRule(message) = message else {
        return None;
    };
    if !message.attributes.contains(&RuleAttribute::Protocol(OURS)) {
        return None;
    }
    let mut table = u32::from(message.header.table);
    let mut selector = None;
    for attribute in &message.attributes {
        match attribute {
            RuleAttribute::Table(number) => table = *number,
            RuleAttribute::Iifname(link) => selector = Some(Selector::Input(link.clone())),
            RuleAttribute::Source(address) => {
                selector = IpNet::new(*address, message.header.src_len).ok().map(Selector::Source);
            }
            _ => {}
        }
    }
    Some(Rule { ipv6, selector: selector?, table })
}

/// Adds a rule.
pub(in crate::backend::linux::network) fn add(netlink: &mut Netlink, rule: &Rule) -> Result<()> {
    netlink
        .request(RouteNetlinkMessage::NewRule(message(rule)), NLM_F_CREATE | NLM_F_EXCL)
        .map_err(NetworkError::system(format!("add rule for {:?}", rule.selector)))
}

/// Removes a rule.
pub(in crate::backend::linux::network) fn remove(netlink: &mut Netlink, rule: &Rule) -> Result<()> {
    netlink
        .request(RouteNetlinkMessage::DelRule(message(rule)), 0)
        .map_err(NetworkError::system(format!("remove rule for {:?}", rule.selector)))
}

fn message(rule: &Rule) -> RuleMessage {
    let mut message = RuleMessage::default();
    message.header.family = family(rule.ipv6);
    message.header.action = RuleAction::ToTable;
    message.attributes = vec![
        RuleAttribute::Table(rule.table),
        RuleAttribute::Priority(PRIORITY),
        RuleAttribute::Protocol(OURS),
    ];
    match &rule.selector {
        Selector::Input(link) => message.attributes.push(RuleAttribute::Iifname(link.clone())),
        Selector::Source(network) => {
            message.header.src_len = network.prefix_len();
            message.attributes.push(RuleAttribute::Source(network.addr()));
        }
    }
    message
}

fn family(ipv6: bool) -> AddressFamily {
    if ipv6 { AddressFamily::Inet6 } else { AddressFamily::Inet }
}
