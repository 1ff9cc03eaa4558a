//! The filter of the host's namespace: what instances may not do to the machine they run on.
//!
//! The host routes between the uplinks of its VPCs and, if told so, to one real device. Towards the host's own
//! services an uplink gets answers only: an instance with a public address must not find the control plane's ports
//! just because they listen on every address.

use super::super::Outside;
use super::super::names;
use super::{Chain, Ruleset, Table, TableName};
use ipnet::Ipv4Net;

const SRCNAT: i64 = 100;

/// The table in the host's namespace. `outside` opens the way to the world beyond the machine.
pub(in crate::backend::linux::network) fn ruleset(
    prefix: &str,
    public: Ipv4Net,
    outside: Option<&Outside>,
) -> Ruleset {
    let uplinks = format!("{}*", names::host_link_prefix(prefix));
    let mut table = Table::default();
    table.chains.insert("input".to_owned(), input(&uplinks));
    table.chains.insert("forward".to_owned(), forward(&uplinks, outside));
    if let Some(outside) = outside.filter(|outside| outside.masquerade) {
        let rule = format!("ip saddr {public} oifname {:?} masquerade", outside.link);
        table.chains.insert(
            "postrouting".to_owned(),
            Chain::of([rule]).hooked("nat", "postrouting", SRCNAT, "accept"),
        );
    }
    Ruleset::from([(TableName::inet(names::host_table(prefix)), table)])
}

fn input(uplinks: &str) -> Chain {
    Chain::of([
        format!("iifname \"{uplinks}\" ct state established,related accept"),
        format!("iifname \"{uplinks}\" icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept"),
        format!("iifname \"{uplinks}\" counter drop"),
    ])
    .hooked("filter", "input", 0, "accept")
}

fn forward(uplinks: &str, outside: Option<&Outside>) -> Chain {
    let between = format!("iifname \"{uplinks}\" oifname \"{uplinks}\" accept");
    let out = outside.map(|outside| format!("iifname \"{uplinks}\" oifname {:?} accept", outside.link));
    let rest = format!("iifname \"{uplinks}\" counter drop");
    Chain::of([Some(between), out, Some(rest)].into_iter().flatten()).hooked("filter", "forward", 0, "accept")
}
