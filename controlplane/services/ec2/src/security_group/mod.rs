//! Security groups: what may reach an interface and what it may reach.
//!
//! A group is a name in a VPC; its rules are records of their own with ids of their own, because AWS lets
//! callers describe, tag, modify and revoke single rules. `IpPermissions`, AWS's older form that bundles
//! rules with the same protocol and ports, is only a way of showing and naming them.
//!
//! Groups are stateful: an answer to what was let through is let through. A rule lets in a block of addresses,
//! every block of a prefix list ([`crate::prefix_list`]), or the members of a group, which are the interfaces that group
//! applies to ([`member_addresses`]).
//!
//! Every VPC has a group `default` that lets its own members in; it lives and dies with the VPC. A new group
//! lets nothing in and everything out.
//!
//! - <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html>
//! - <https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html>

mod change;
mod columns;
mod manifest;
pub(crate) mod ops;
mod permission;
pub(crate) mod rule;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use crate::network_interface::member_addresses;
pub(crate) use change::check_weight;
pub use rule::{BY_PEER, Peer, SecurityGroupRule, rules_of, rules_referring_to};
pub use types::SecurityGroup;

use crate::errors;
use crate::resource;
use crate::vpc::Vpc;
use controlplane_services_kernel::{Context, Reader, ServiceError, Stored};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{Ipv4Addr, Ipv6Addr};

/// What every VPC's own group is called.
pub const DEFAULT_NAME: &str = "default";

/// Every IPv4 address.
pub(crate) const ANY_IPV4: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0);
/// Every IPv6 address.
pub(crate) const ANY_IPV6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0);

/// The groups of a VPC, by id.
pub fn of_vpc<'r>(id: &str, cx: &'r Reader) -> impl Iterator<Item = Stored<'r, SecurityGroup>> + use<'r> {
    cx.find(types::BY_VPC, id)
}

/// The id of the group with a name; names are unique in a VPC.
pub fn named(name: &str, vpc_id: &str, cx: &Reader) -> Option<String> {
    let mut found = cx.find::<SecurityGroup>(types::BY_NAME, &types::name_index(vpc_id, name));
    found.next().map(|group| group.key.id().to_owned())
}

/// The id of a VPC's default group.
pub fn default_of(vpc_id: &str, cx: &Reader) -> Result<String, ServiceError> {
    named(DEFAULT_NAME, vpc_id, cx).ok_or_else(|| errors::group_not_found_by_name(DEFAULT_NAME, vpc_id))
}

/// Makes the default group of a new VPC.
pub(crate) fn create_default(vpc_id: &str, cx: &mut Context) -> String {
    let group = SecurityGroup {
        vpc_id: vpc_id.to_owned(),
        name: DEFAULT_NAME.to_owned(),
        description: "default VPC security group".to_owned(),
    };
    let id = cx.new_id("sg-");
    cx.put(&id, group);
    let from_itself = SecurityGroupRule::everything(&id, false, Peer::Group(id.clone()));
    rule::put_new(from_itself, cx);
    allow_all_out(&id, vpc_id, cx);
    id
}

/// Gives a new group the rules that let everything out.
pub(crate) fn allow_all_out(id: &str, vpc_id: &str, cx: &mut Context) {
    for peer in all_out(vpc_id, cx) {
        rule::put_new(SecurityGroupRule::everything(id, true, peer), cx);
    }
}

/// Where a new group of a VPC lets its members go.
pub(crate) fn all_out(vpc_id: &str, cx: &Reader) -> Vec<Peer> {
    let has_ipv6 = cx.get::<Vpc>(vpc_id).is_some_and(|vpc| vpc.ipv6.is_some());
    let ipv6 = has_ipv6.then_some(Peer::Cidr(IpNet::V6(ANY_IPV6)));
    std::iter::once(Peer::Cidr(IpNet::V4(ANY_IPV4))).chain(ipv6).collect()
}

/// Deletes every group of a VPC that goes away.
pub(crate) fn delete_all_of(vpc_id: &str, cx: &mut Context) {
    let ids: Vec<String> = of_vpc(vpc_id, cx).map(|group| group.key.id().to_owned()).collect();
    for id in ids {
        delete(&id, cx);
    }
}

/// Deletes a group with its rules.
pub(crate) fn delete(id: &str, cx: &mut Context) {
    let rules: Vec<String> = rules_of(id, cx).map(|rule| rule.key.id().to_owned()).collect();
    for rule in rules {
        resource::delete::<SecurityGroupRule>(&rule, cx);
    }
    resource::delete::<SecurityGroup>(id, cx);
}
