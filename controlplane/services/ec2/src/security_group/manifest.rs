use super::change::{authorize, known, remove};
use super::ops::create_security_group::{CreateSecurityGroup, CreateSecurityGroupInput};
use super::ops::delete_security_group::{DeleteSecurityGroup, DeleteSecurityGroupInput};
use super::permission::{group_peer, ipv4, ipv6, prefix_list_peer};
use super::rule::{ALL_PROTOCOLS, Peer, SecurityGroupRule};
use super::{SecurityGroup, all_out, validate};
use crate::errors;
use crate::resource::require;
use crate::tag::{self, Tags};
use crate::vpc::{canonical_ipv4, canonical_ipv6};
use controlplane_services_kernel::manifest::{Deletion, Join, Reference};
use controlplane_services_kernel::{Context, Declarative, Operation, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who may open connections to its members, and to whom they may; answers are let through. Rules that others added stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecurityGroupSpec {
    /// Name of the group, which no other group of the VPC has, up to 255 characters. Absent: the document's name.
    group_name: Option<String>,
    /// A text for people, up to 255 characters.
    description: String,
    /// The network of its members.
    vpc_id: String,
    /// What may reach members, up to 60 rules. Without rules nothing may.
    #[serde(default)]
    ingress: Vec<RuleSpec>,
    /// What members may reach, up to 60 rules. Absent: everything, as in every new group; an empty list: nothing.
    egress: Option<Vec<RuleSpec>>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`. The tag `Name` is
    /// what people see.
    #[serde(default)]
    tags: Tags,
}

/// A rule: a protocol, ports, and one peer (`cidrIp`, `cidrIpv6`, `sourceGroupId` or `sourcePrefixListId`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleSpec {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, the number of another protocol, or `-1` for all of them.
    ip_protocol: String,
    /// First port, 0 to 65535, or the ICMP type, -1 for all. TCP and UDP need it; other protocols have no ports.
    #[schemars(range(min = -1, max = 65535))]
    from_port: Option<i32>,
    /// Last port, 0 to 65535, or the ICMP code, -1 for all. TCP and UDP need it.
    #[schemars(range(min = -1, max = 65535))]
    to_port: Option<i32>,
    /// Peer: a block of IPv4 addresses, such as `0.0.0.0/0`.
    cidr_ip: Option<String>,
    /// Peer: a block of IPv6 addresses, such as `::/0`.
    cidr_ipv6: Option<String>,
    /// Peer: the members of a group of the same VPC, in either direction.
    source_group_id: Option<String>,
    /// Peer: the blocks of a prefix list, in either direction. It counts for as many rules as the list has room for.
    source_prefix_list_id: Option<String>,
    /// A text for people, up to 255 characters.
    description: Option<String>,
}

/// What makes a rule the same rule; descriptions do not count.
const RULE_KEY: &[&str] =
    &["ipProtocol", "fromPort", "toPort", "cidrIp", "cidrIpv6", "sourceGroupId", "sourcePrefixListId"];

/// Whether a rule is one of those that let everything out of a new group.
fn is_all_out(rule: &Value) -> bool {
    let is = |field: &str, text: &str| rule.get(field).and_then(Value::as_str) == Some(text);
    is("ipProtocol", ALL_PROTOCOLS) && (is("cidrIp", "0.0.0.0/0") || is("cidrIpv6", "::/0"))
}

impl Declarative for SecurityGroup {
    type Spec = SecurityGroupSpec;
    const REFERENCES: &'static [Reference] = &[
        Reference::new("vpcId", "vpc"),
        Reference::deferred("ingress[].sourceGroupId", "security_group"),
        Reference::deferred("egress[].sourceGroupId", "security_group"),
        Reference::new("ingress[].sourcePrefixListId", "prefix_list"),
        Reference::new("egress[].sourcePrefixListId", "prefix_list"),
    ];
    const IMMUTABLE: &'static [&'static str] = &["groupName", "description", "vpcId"];
    const JOINS: &'static [Join] = &[
        Join::items("ingress", RULE_KEY),
        Join::Items { field: "egress", key: RULE_KEY, implied: is_all_out },
    ];

    fn canonical(spec: SecurityGroupSpec) -> Result<SecurityGroupSpec, ServiceError> {
        let rules = |rules: Vec<RuleSpec>| rules.into_iter().map(RuleSpec::canonical).collect();
        let (ingress, egress) = (rules(spec.ingress)?, spec.egress.map(rules).transpose()?);
        Ok(SecurityGroupSpec { ingress, egress, ..spec })
    }

    fn create(name: &str, spec: SecurityGroupSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let input = CreateSecurityGroupInput {
            group_name: spec.group_name.clone().unwrap_or_else(|| name.to_owned()),
            description: spec.description.clone(),
            vpc_id: Some(spec.vpc_id.clone()),
            tag_specifications: tag::from_manifest(&spec.tags, &errors::SECURITY_GROUP),
            dry_run: None,
        };
        let id = CreateSecurityGroup::run(&input, cx)?.group_id;
        set_rules(&id, &spec, cx)?;
        Ok(id)
    }

    fn update(
        id: &str,
        live: SecurityGroupSpec,
        wanted: SecurityGroupSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        set_rules(id, &wanted, cx)?;
        tag::redeclare(&errors::SECURITY_GROUP, id, &live.tags, &wanted.tags, cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        let input = DeleteSecurityGroupInput { group_id: Some(id.to_owned()), ..Default::default() };
        DeleteSecurityGroup::run(&input, cx)?;
        Ok(Deletion::Done)
    }
}

fn set_rules(id: &str, wanted: &SecurityGroupSpec, cx: &mut Context) -> Result<(), ServiceError> {
    let ingress = rules(id, false, Some(&wanted.ingress), cx)?;
    set_direction(id, false, ingress, cx)?;
    let egress = rules(id, true, wanted.egress.as_ref(), cx)?;
    set_direction(id, true, egress, cx)
}

/// Rules that stay keep their ids.
fn set_direction(
    id: &str,
    egress: bool,
    wanted: Vec<SecurityGroupRule>,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let mut missing = wanted;
    for (rule_id, rule) in known(id, egress, cx) {
        match missing.iter().position(|wanted| wanted.same_as(&rule)) {
            None => remove(&[(rule_id, rule)], cx),
            Some(at) => {
                let wanted = missing.remove(at);
                if wanted != rule {
                    cx.put(&rule_id, wanted);
                }
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
    fn canonical(self) -> Result<Self, ServiceError> {
        let (ip_protocol, from_port, to_port) =
            validate::traffic(&self.ip_protocol, self.from_port, self.to_port)?;
        let ipv4 = self.cidr_ip.map(|text| canonical_ipv4(&text, "cidrIp")).transpose()?;
        let ipv6 = self.cidr_ipv6.map(|text| canonical_ipv6(&text, "cidrIpv6")).transpose()?;
        Ok(Self {
            ip_protocol,
            from_port: Some(from_port),
            to_port: Some(to_port),
            cidr_ip: ipv4.map(|net| net.to_string()),
            cidr_ipv6: ipv6.map(|net| net.to_string()),
            description: validate::rule_description(self.description.as_deref())?,
            ..self
        })
    }

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
        match (&self.cidr_ip, &self.cidr_ipv6, &self.source_group_id, &self.source_prefix_list_id) {
            (Some(text), None, None, None) => ipv4(text, "cidrIp"),
            (None, Some(text), None, None) => ipv6(text, "cidrIpv6"),
            (None, None, Some(id), None) => group_peer(id, group_id, cx),
            (None, None, None, Some(id)) => prefix_list_peer(id, cx),
            _ => Err(errors::one_rule_peer()),
        }
    }
}
