use super::change::{authorize, known, remove};
use super::ops::create_security_group::{CreateSecurityGroup, CreateSecurityGroupInput};
use super::ops::delete_security_group::{DeleteSecurityGroup, DeleteSecurityGroupInput};
use super::permission::{group_peer, ipv4, ipv6};
use super::rule::{Peer, SecurityGroupRule};
use super::{SecurityGroup, all_out, validate};
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use controlplane_services_kernel::manifest::{Deletion, Reference};
use controlplane_services_kernel::{Context, Declarative, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// A security group as a manifest declares it. Rules that others added stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecurityGroupSpec {
    /// The document's name when absent.
    group_name: Option<String>,
    description: String,
    vpc_id: String,
    #[serde(default)]
    ingress: Vec<RuleSpec>,
    /// Absent: everything may leave, as in every new group.
    egress: Option<Vec<RuleSpec>>,
    #[serde(default)]
    tags: Tags,
}

/// A rule as a manifest declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleSpec {
    ip_protocol: String,
    from_port: Option<i32>,
    to_port: Option<i32>,
    cidr_ip: Option<String>,
    cidr_ipv6: Option<String>,
    /// The group at the other end, in either direction.
    source_group_id: Option<String>,
    description: Option<String>,
}

impl Declarative for SecurityGroup {
    type Spec = SecurityGroupSpec;
    const REFERENCES: &'static [Reference] = &[
        Reference::new("vpcId", "vpc"),
        Reference::deferred("ingress[].sourceGroupId", "security_group"),
        Reference::deferred("egress[].sourceGroupId", "security_group"),
    ];

    fn create(name: &str, spec: SecurityGroupSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let input = CreateSecurityGroupInput {
            group_name: spec.group_name.clone().unwrap_or_else(|| name.to_owned()),
            description: spec.description.clone(),
            vpc_id: Some(spec.vpc_id.clone()),
            tag_specifications: tag::from_manifest(&spec.tags, &errors::SECURITY_GROUP),
            dry_run: None,
        };
        let id = CreateSecurityGroup::run(&input, cx)?.group_id;
        let nothing = SecurityGroupSpec { ingress: Vec::new(), egress: None, ..spec.clone() };
        set_rules(&id, &nothing, &spec, cx)?;
        Ok(id)
    }

    fn update(
        id: &str,
        old: SecurityGroupSpec,
        new: SecurityGroupSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        refuse_moves(require::<SecurityGroup>(id, cx)?, &old, &new)?;
        set_rules(id, &old, &new, cx)?;
        tag::redeclare(&errors::SECURITY_GROUP, id, &old.tags, &new.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        let input = DeleteSecurityGroupInput { group_id: Some(id.to_owned()), ..Default::default() };
        DeleteSecurityGroup::run(&input, cx)?;
        Ok(Deletion::Done)
    }
}

fn refuse_moves(
    group: &SecurityGroup,
    old: &SecurityGroupSpec,
    new: &SecurityGroupSpec,
) -> Result<(), ServiceError> {
    let renamed = match &new.group_name {
        Some(name) => *name != group.name,
        None => old.group_name.is_some(),
    };
    if renamed {
        return Err(errors::immutable("groupName"));
    }
    if new.description != group.description {
        return Err(errors::immutable("description"));
    }
    if new.vpc_id != group.vpc_id {
        return Err(errors::immutable("vpcId"));
    }
    Ok(())
}

fn set_rules(
    id: &str,
    old: &SecurityGroupSpec,
    new: &SecurityGroupSpec,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let (before, after) =
        (rules(id, false, Some(&old.ingress), cx)?, rules(id, false, Some(&new.ingress), cx)?);
    set_direction(id, false, &before, after, cx)?;
    let (before, after) =
        (rules(id, true, old.egress.as_ref(), cx), rules(id, true, new.egress.as_ref(), cx)?);
    set_direction(id, true, &before?, after, cx)
}

/// Takes away what was declared and is no more, adds what is declared and not there.
fn set_direction(
    id: &str,
    egress: bool,
    old: &[SecurityGroupRule],
    new: Vec<SecurityGroupRule>,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let declared =
        |rules: &[SecurityGroupRule], rule: &SecurityGroupRule| rules.iter().any(|other| other.same_as(rule));
    let (mut stale, mut missing) = (known(id, egress, cx), new);
    let present = stale.clone();
    stale.retain(|(_, rule)| declared(old, rule) && !declared(&missing, rule));
    remove(&stale, cx);
    for (rule_id, rule) in present {
        if let Some(at) = missing.iter().position(|wanted| wanted.same_as(&rule)) {
            let wanted = missing.remove(at);
            if wanted != rule {
                cx.put(&rule_id, wanted);
            }
        }
    }
    authorize(id, egress, missing, &Tags::new(), cx).map(|_| ())
}

/// The rules of one direction; `None`: those of a new group.
fn rules(
    id: &str,
    egress: bool,
    specs: Option<&Vec<RuleSpec>>,
    cx: &Reader,
) -> Result<Vec<SecurityGroupRule>, ServiceError> {
    let Some(specs) = specs else {
        let vpc_id = &require::<SecurityGroup>(id, cx)?.vpc_id;
        return Ok(all_out(vpc_id, cx)
            .into_iter()
            .map(|peer| SecurityGroupRule::everything(id, egress, peer))
            .collect());
    };
    let mut rules: Vec<SecurityGroupRule> = Vec::with_capacity(specs.len());
    for spec in specs {
        let rule = spec.rule(id, egress, cx)?;
        if rules.iter().any(|other| other.same_as(&rule)) {
            return Err(errors::duplicate_rule_in_request(&rule.to_string()));
        }
        rules.push(rule);
    }
    Ok(rules)
}

impl RuleSpec {
    fn rule(&self, group_id: &str, egress: bool, cx: &Reader) -> Result<SecurityGroupRule, ServiceError> {
        let (protocol, from_port, to_port) =
            validate::traffic(&self.ip_protocol, self.from_port, self.to_port)?;
        Ok(SecurityGroupRule {
            group_id: group_id.to_owned(),
            egress,
            protocol,
            from_port,
            to_port,
            peer: self.peer(group_id, cx)?,
            description: validate::rule_description(self.description.as_deref())?,
        })
    }

    fn peer(&self, group_id: &str, cx: &Reader) -> Result<Peer, ServiceError> {
        match (&self.cidr_ip, &self.cidr_ipv6, &self.source_group_id) {
            (Some(text), None, None) => ipv4(text, "cidrIp"),
            (None, Some(text), None) => ipv6(text, "cidrIpv6"),
            (None, None, Some(id)) => group_peer(id, group_id, cx),
            _ => Err(errors::one_rule_peer()),
        }
    }
}
