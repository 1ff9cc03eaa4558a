//! Groups and rules as AWS shows them.

use crate::filter::{Described, Field, one};
use crate::resource::arn;
use crate::security_group::permission::{self, IpPermissionShape};
use crate::security_group::{SecurityGroup, SecurityGroupRule, rules_of};
use crate::tag::{self, Tag};
use controlplane_services_kernel::Reader;
use serde::Serialize;

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SecurityGroupShape {
    pub(crate) group_id: String,
    pub(crate) security_group_arn: String,
    pub(crate) owner_id: String,
    pub(crate) group_name: String,
    pub(crate) description: String,
    pub(crate) vpc_id: String,
    pub(crate) ip_permissions: Vec<IpPermissionShape>,
    pub(crate) ip_permissions_egress: Vec<IpPermissionShape>,
    pub(crate) tags: Vec<Tag>,
}

impl SecurityGroupShape {
    /// What the caller sees of a group.
    pub(crate) fn of(id: &str, group: &SecurityGroup, cx: &Reader) -> Self {
        let direction = |egress: bool| {
            let rules = rules_of(id, cx).map(|rule| rule.record).filter(move |rule| rule.egress == egress);
            permission::show(rules, cx)
        };
        Self {
            group_id: id.to_owned(),
            security_group_arn: arn("security-group", id, cx),
            owner_id: cx.caller.account.to_string(),
            group_name: group.name.clone(),
            description: group.description.clone(),
            vpc_id: group.vpc_id.clone(),
            ip_permissions: direction(false),
            ip_permissions_egress: direction(true),
            tags: tag::of(id, cx),
        }
    }
}

fn each(
    permissions: &[IpPermissionShape],
    value: fn(&IpPermissionShape) -> Vec<Option<String>>,
) -> Vec<String> {
    permissions.iter().flat_map(value).flatten().collect()
}

fn cidrs(permission: &IpPermissionShape) -> Vec<Option<String>> {
    permission.ip_ranges.iter().map(|range| range.cidr_ip.clone()).collect()
}

fn ipv6_cidrs(permission: &IpPermissionShape) -> Vec<Option<String>> {
    permission.ipv6_ranges.iter().map(|range| range.cidr_ipv6.clone()).collect()
}

fn group_ids(permission: &IpPermissionShape) -> Vec<Option<String>> {
    permission.user_id_group_pairs.iter().map(|pair| pair.group_id.clone()).collect()
}

fn prefix_lists(permission: &IpPermissionShape) -> Vec<Option<String>> {
    permission.prefix_list_ids.iter().map(|list| list.prefix_list_id.clone()).collect()
}

fn group_names(permission: &IpPermissionShape) -> Vec<Option<String>> {
    permission.user_id_group_pairs.iter().map(|pair| pair.group_name.clone()).collect()
}

fn user_ids(permission: &IpPermissionShape) -> Vec<Option<String>> {
    permission.user_id_group_pairs.iter().map(|pair| pair.user_id.clone()).collect()
}

fn from_port(permission: &IpPermissionShape) -> Vec<Option<String>> {
    vec![permission.from_port.map(|port| port.to_string())]
}

fn to_port(permission: &IpPermissionShape) -> Vec<Option<String>> {
    vec![permission.to_port.map(|port| port.to_string())]
}

fn protocol(permission: &IpPermissionShape) -> Vec<Option<String>> {
    vec![Some(permission.ip_protocol.clone())]
}

impl Described for SecurityGroupShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("group-id", |group| one(&group.group_id)),
        ("group-name", |group| one(&group.group_name)),
        ("description", |group| one(&group.description)),
        ("owner-id", |group| one(&group.owner_id)),
        ("vpc-id", |group| one(&group.vpc_id)),
        ("ip-permission.cidr", |group| each(&group.ip_permissions, cidrs)),
        ("ip-permission.ipv6-cidr", |group| each(&group.ip_permissions, ipv6_cidrs)),
        ("ip-permission.group-id", |group| each(&group.ip_permissions, group_ids)),
        ("ip-permission.group-name", |group| each(&group.ip_permissions, group_names)),
        ("ip-permission.user-id", |group| each(&group.ip_permissions, user_ids)),
        ("ip-permission.from-port", |group| each(&group.ip_permissions, from_port)),
        ("ip-permission.to-port", |group| each(&group.ip_permissions, to_port)),
        ("ip-permission.protocol", |group| each(&group.ip_permissions, protocol)),
        ("ip-permission.prefix-list-id", |group| each(&group.ip_permissions, prefix_lists)),
        ("egress.ip-permission.cidr", |group| each(&group.ip_permissions_egress, cidrs)),
        ("egress.ip-permission.ipv6-cidr", |group| each(&group.ip_permissions_egress, ipv6_cidrs)),
        ("egress.ip-permission.group-id", |group| each(&group.ip_permissions_egress, group_ids)),
        ("egress.ip-permission.group-name", |group| each(&group.ip_permissions_egress, group_names)),
        ("egress.ip-permission.user-id", |group| each(&group.ip_permissions_egress, user_ids)),
        ("egress.ip-permission.from-port", |group| each(&group.ip_permissions_egress, from_port)),
        ("egress.ip-permission.to-port", |group| each(&group.ip_permissions_egress, to_port)),
        ("egress.ip-permission.protocol", |group| each(&group.ip_permissions_egress, protocol)),
        ("egress.ip-permission.prefix-list-id", |group| each(&group.ip_permissions_egress, prefix_lists)),
    ];

    fn id(&self) -> &str {
        &self.group_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SecurityGroupRuleShape {
    pub(crate) security_group_rule_id: String,
    pub(crate) security_group_rule_arn: String,
    pub(crate) group_id: String,
    pub(crate) group_owner_id: String,
    pub(crate) is_egress: bool,
    pub(crate) ip_protocol: String,
    pub(crate) from_port: i32,
    pub(crate) to_port: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_ipv4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_ipv6: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prefix_list_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) referenced_group_info: Option<ReferencedGroup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReferencedGroup {
    pub(crate) group_id: String,
    pub(crate) user_id: String,
}

impl SecurityGroupRuleShape {
    /// What the caller sees of a rule.
    pub(crate) fn of(id: &str, rule: &SecurityGroupRule, cx: &Reader) -> Self {
        let account = cx.caller.account.to_string();
        let referenced = rule.peer.group();
        Self {
            security_group_rule_id: id.to_owned(),
            security_group_rule_arn: arn("security-group-rule", id, cx),
            group_id: rule.group_id.clone(),
            group_owner_id: account.clone(),
            is_egress: rule.egress,
            ip_protocol: rule.protocol.clone(),
            from_port: rule.from_port,
            to_port: rule.to_port,
            cidr_ipv4: rule.peer.ipv4(),
            cidr_ipv6: rule.peer.ipv6(),
            prefix_list_id: rule.peer.prefix_list().map(str::to_owned),
            referenced_group_info: referenced
                .map(|id| ReferencedGroup { group_id: id.to_owned(), user_id: account }),
            description: rule.description.clone(),
            tags: tag::of(id, cx),
        }
    }
}

impl Described for SecurityGroupRuleShape {
    const FILTERS: &'static [Field<Self>] = &[
        ("group-id", |rule| one(&rule.group_id)),
        ("security-group-rule-id", |rule| one(&rule.security_group_rule_id)),
    ];

    fn id(&self) -> &str {
        &self.security_group_rule_id
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
