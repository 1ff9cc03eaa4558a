use crate::attribute::{DONE, ReturnOutput};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::security_group::change;
use crate::security_group::permission::IpPermission;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html>
pub(crate) struct UpdateSecurityGroupRuleDescriptionsIngress;

/// The input of both directions.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct UpdateDescriptionsInput {
    pub(crate) group_id: Option<String>,
    pub(crate) group_name: Option<String>,
    pub(crate) ip_permissions: Option<Vec<IpPermission>>,
    pub(crate) security_group_rule_descriptions: Option<Vec<RuleDescription>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(UpdateDescriptionsInput);

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RuleDescription {
    pub(crate) security_group_rule_id: Option<String>,
    pub(crate) description: Option<String>,
}

impl Operation for UpdateSecurityGroupRuleDescriptionsIngress {
    const NAME: &'static str = "UpdateSecurityGroupRuleDescriptionsIngress";
    type Input = UpdateDescriptionsInput;
    type Output = ReturnOutput;

    fn run(input: &UpdateDescriptionsInput, cx: &mut Context) -> Result<ReturnOutput, ServiceError> {
        update(input, false, cx)
    }
}

/// Describes rules of one direction anew, named by ids or by permissions.
pub(super) fn update(
    input: &UpdateDescriptionsInput,
    egress: bool,
    cx: &mut Context,
) -> Result<ReturnOutput, ServiceError> {
    let group_id = change::group_id(input.group_id.as_deref(), input.group_name.as_deref(), cx)?;
    let permissions = input.ip_permissions.as_deref().unwrap_or_default();
    let by_id = input.security_group_rule_descriptions.as_deref().unwrap_or_default();
    if !by_id.is_empty() && !permissions.is_empty() {
        return Err(errors::ids_and_permissions());
    }
    if by_id.is_empty() {
        change::redescribe(&group_id, egress, permissions, cx)?;
    }
    for rule in by_id {
        let id = rule.security_group_rule_id.as_deref();
        let id = id.ok_or_else(|| errors::missing_parameter("SecurityGroupRuleId"))?;
        change::redescribe_by_id(&group_id, egress, id, rule.description.as_deref(), cx)?;
    }
    Ok(DONE)
}
