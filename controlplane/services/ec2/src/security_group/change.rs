//! Adding, removing and redescribing rules: what the actions for both directions and the manifests share.

use super::permission::{self, IpPermission, by_name_in_default_vpc};
use super::rule::{SecurityGroupRule, put_new, rules_of};
use super::{SecurityGroup, validate};
use crate::errors;
use crate::resource::{self, require};
use crate::tag::{self, Tags};
use crate::vpc::default::is_default;
use controlplane_services_kernel::quota::SECURITY_GROUP_RULES;
use controlplane_services_kernel::{Context, Reader, ServiceError};

/// A rule with its id.
pub(super) type Known = (String, SecurityGroupRule);

/// The id of the group a request means.
pub(super) fn group_id(id: Option<&str>, name: Option<&str>, cx: &Reader) -> Result<String, ServiceError> {
    match (id, name) {
        (Some(_), Some(_)) => Err(errors::group_id_and_name()),
        (Some(id), None) => require::<SecurityGroup>(id, cx).map(|_| id.to_owned()),
        (None, Some(name)) => by_name_in_default_vpc(name, cx),
        (None, None) => Err(errors::group_id_or_name()),
    }
}

/// The rules of one direction of a group.
pub(super) fn known(group_id: &str, egress: bool, cx: &Reader) -> Vec<Known> {
    let rules = rules_of(group_id, cx).filter(|rule| rule.egress == egress);
    rules.map(|rule| (rule.key.id().to_owned(), rule.record.clone())).collect()
}

/// Whether the rules of a group, each with its weight, are as many as AWS's quota allows.
pub(crate) fn check_weight(group_id: &str, cx: &Reader) -> Result<(), ServiceError> {
    direction_fits(group_id, false, cx)?;
    direction_fits(group_id, true, cx)
}

fn direction_fits(group_id: &str, egress: bool, cx: &Reader) -> Result<(), ServiceError> {
    let rules = rules_of(group_id, cx).filter(|rule| rule.egress == egress);
    let weight: usize = rules.map(|rule| rule.weight(cx)).sum();
    if weight > SECURITY_GROUP_RULES.limit(cx) { Err(errors::rule_limit_exceeded()) } else { Ok(()) }
}

fn find(rules: &[Known], wanted: &SecurityGroupRule) -> Option<Known> {
    rules.iter().find(|(_, rule)| rule.same_as(wanted)).cloned()
}

/// Adds rules to one direction of a group; none of them may be there.
pub(super) fn authorize(
    group_id: &str,
    egress: bool,
    rules: Vec<SecurityGroupRule>,
    tags: &Tags,
    cx: &mut Context,
) -> Result<Vec<Known>, ServiceError> {
    let before = known(group_id, egress, cx);
    let mut added = Vec::with_capacity(rules.len());
    for rule in rules {
        if find(&before, &rule).is_some() {
            return Err(errors::duplicate_rule(&rule.to_string()));
        }
        let id = put_new(rule.clone(), cx);
        tag::add(&errors::SECURITY_GROUP_RULE, &id, tags, cx)?;
        added.push((id, rule));
    }
    direction_fits(group_id, egress, cx)?;
    Ok(added)
}

/// What a revocation came to.
#[derive(Debug, Default)]
pub(super) struct Revoked {
    pub(super) rules: Vec<Known>,
    pub(super) unknown: Vec<SecurityGroupRule>,
}

/// Removes the rules that `permissions` name. A rule that is not there is an error, but in the default VPC
/// only reported: AWS keeps this difference for old clients.
pub(super) fn revoke(
    group_id: &str,
    egress: bool,
    permissions: &[IpPermission],
    cx: &mut Context,
) -> Result<Revoked, ServiceError> {
    let tolerant = is_default(&require::<SecurityGroup>(group_id, cx)?.vpc_id, cx);
    let before = known(group_id, egress, cx);
    let mut revoked = Revoked::default();
    for wanted in permission::read(permissions, group_id, egress, cx)? {
        match find(&before, &wanted) {
            Some(rule) => revoked.rules.push(rule),
            None if tolerant => revoked.unknown.push(wanted),
            None => return Err(errors::rule_not_in_group()),
        }
    }
    remove(&revoked.rules, cx);
    Ok(revoked)
}

/// Removes rules by their ids.
pub(super) fn revoke_by_id(
    group_id: &str,
    egress: bool,
    ids: &[String],
    cx: &mut Context,
) -> Result<Revoked, ServiceError> {
    let rules = ids.iter().map(|id| in_group(id, group_id, egress, cx)).collect::<Result<Vec<_>, _>>()?;
    remove(&rules, cx);
    Ok(Revoked { rules, unknown: Vec::new() })
}

fn in_group(id: &str, group_id: &str, egress: bool, cx: &Reader) -> Result<Known, ServiceError> {
    let rule = require::<SecurityGroupRule>(id, cx)?;
    if rule.group_id != group_id || rule.egress != egress {
        return Err(errors::not_found(&errors::SECURITY_GROUP_RULE, id));
    }
    Ok((id.to_owned(), rule.clone()))
}

pub(super) fn remove(rules: &[Known], cx: &mut Context) {
    for (id, _) in rules {
        resource::delete::<SecurityGroupRule>(id, cx);
    }
}

/// Gives the rules that `permissions` name their descriptions.
pub(super) fn redescribe(
    group_id: &str,
    egress: bool,
    permissions: &[IpPermission],
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let before = known(group_id, egress, cx);
    for wanted in permission::read(permissions, group_id, egress, cx)? {
        let (id, mut rule) = find(&before, &wanted).ok_or_else(errors::rule_not_in_group)?;
        rule.description = wanted.description;
        cx.put(&id, rule);
    }
    Ok(())
}

/// Gives one rule its description.
pub(super) fn redescribe_by_id(
    group_id: &str,
    egress: bool,
    id: &str,
    description: Option<&str>,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let (_, mut rule) = in_group(id, group_id, egress, cx)?;
    rule.description = validate::rule_description(description)?;
    cx.put(id, rule);
    Ok(())
}

/// Exchanges a rule for another under the same id.
pub(super) fn replace(id: &str, rule: SecurityGroupRule, cx: &mut Context) -> Result<(), ServiceError> {
    let others = known(&rule.group_id, rule.egress, cx);
    if others.iter().any(|(other, existing)| other != id && existing.same_as(&rule)) {
        return Err(errors::duplicate_rule(&rule.to_string()));
    }
    let (group_id, egress) = (rule.group_id.clone(), rule.egress);
    cx.put(id, rule);
    direction_fits(&group_id, egress, cx)
}
