use crate::attribute::{DONE, ReturnOutput};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::require;
use crate::security_group::{Peer, SecurityGroup, SecurityGroupRule, change, permission, validate};
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html>
pub(crate) struct ModifySecurityGroupRules;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifySecurityGroupRulesInput {
    pub(crate) group_id: String,
    pub(crate) security_group_rules: Vec<SecurityGroupRuleUpdate>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ModifySecurityGroupRulesInput);

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SecurityGroupRuleUpdate {
    pub(crate) security_group_rule_id: String,
    pub(crate) security_group_rule: SecurityGroupRuleRequest,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SecurityGroupRuleRequest {
    pub(crate) ip_protocol: Option<String>,
    pub(crate) from_port: Option<i32>,
    pub(crate) to_port: Option<i32>,
    pub(crate) cidr_ipv4: Option<String>,
    pub(crate) cidr_ipv6: Option<String>,
    pub(crate) prefix_list_id: Option<String>,
    pub(crate) referenced_group_id: Option<String>,
    pub(crate) description: Option<String>,
}

impl Operation for ModifySecurityGroupRules {
    const NAME: &'static str = "ModifySecurityGroupRules";
    type Input = ModifySecurityGroupRulesInput;
    type Output = ReturnOutput;

    fn run(input: &ModifySecurityGroupRulesInput, cx: &mut Context) -> Result<ReturnOutput, ServiceError> {
        require::<SecurityGroup>(&input.group_id, cx)?;
        if input.security_group_rules.is_empty() {
            return Err(errors::missing_parameter("SecurityGroupRules"));
        }
        for update in &input.security_group_rules {
            let id = &update.security_group_rule_id;
            let before = require::<SecurityGroupRule>(id, cx)?;
            if before.group_id != input.group_id {
                return Err(errors::not_found(&errors::SECURITY_GROUP_RULE, id));
            }
            let rule = rule(&update.security_group_rule, &input.group_id, before.egress, cx)?;
            change::replace(id, rule, cx)?;
        }
        Ok(DONE)
    }
}

fn rule(
    request: &SecurityGroupRuleRequest,
    group_id: &str,
    egress: bool,
    cx: &Reader,
) -> Result<SecurityGroupRule, ServiceError> {
    let protocol = request.ip_protocol.as_deref().ok_or_else(errors::missing_protocol)?;
    let (protocol, from_port, to_port) = validate::traffic(protocol, request.from_port, request.to_port)?;
    Ok(SecurityGroupRule {
        group_id: group_id.to_owned(),
        egress,
        protocol,
        from_port,
        to_port,
        peer: peer(request, group_id, cx)?,
        description: validate::rule_description(request.description.as_deref())?,
    })
}

fn peer(request: &SecurityGroupRuleRequest, group_id: &str, cx: &Reader) -> Result<Peer, ServiceError> {
    match (&request.cidr_ipv4, &request.cidr_ipv6, &request.prefix_list_id, &request.referenced_group_id) {
        (Some(text), None, None, None) => permission::ipv4(text, "cidrIpv4"),
        (None, Some(text), None, None) => permission::ipv6(text, "cidrIpv6"),
        (None, None, Some(id), None) => permission::prefix_list_peer(id, cx),
        (None, None, None, Some(id)) => permission::group_peer(id, group_id, cx),
        _ => Err(errors::one_peer()),
    }
}
