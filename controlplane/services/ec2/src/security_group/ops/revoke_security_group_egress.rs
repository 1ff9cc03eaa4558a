use super::revoke_security_group_ingress::{RevokeOutput, revoke};
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::security_group::change;
use crate::security_group::permission::IpPermission;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html>
pub(crate) struct RevokeSecurityGroupEgress;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RevokeSecurityGroupEgressInput {
    pub(crate) group_id: String,
    pub(crate) ip_permissions: Option<Vec<IpPermission>>,
    pub(crate) security_group_rule_ids: Option<Vec<String>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(RevokeSecurityGroupEgressInput);

impl Operation for RevokeSecurityGroupEgress {
    const NAME: &'static str = "RevokeSecurityGroupEgress";
    type Input = RevokeSecurityGroupEgressInput;
    type Output = RevokeOutput;

    fn run(input: &RevokeSecurityGroupEgressInput, cx: &mut Context) -> Result<RevokeOutput, ServiceError> {
        let group_id = change::group_id(Some(&input.group_id), None, cx)?;
        let ids = input.security_group_rule_ids.as_deref().unwrap_or_default();
        let given = input.ip_permissions.clone().filter(|permissions| !permissions.is_empty());
        let revoked = revoke(&group_id, true, ids, given.ok_or_else(errors::no_permissions), cx)?;
        Ok(RevokeOutput::of(revoked, cx))
    }
}
