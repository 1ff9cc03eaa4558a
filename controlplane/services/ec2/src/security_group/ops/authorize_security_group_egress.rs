use super::authorize_security_group_ingress::AuthorizeOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::security_group::change;
use crate::security_group::permission::{self, IpPermission};
use crate::tag::{self, TagSpecification};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html>
pub(crate) struct AuthorizeSecurityGroupEgress;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AuthorizeSecurityGroupEgressInput {
    pub(crate) group_id: String,
    pub(crate) ip_permissions: Option<Vec<IpPermission>>,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(AuthorizeSecurityGroupEgressInput);

impl Operation for AuthorizeSecurityGroupEgress {
    const NAME: &'static str = "AuthorizeSecurityGroupEgress";
    type Input = AuthorizeSecurityGroupEgressInput;
    type Output = AuthorizeOutput;

    fn run(
        input: &AuthorizeSecurityGroupEgressInput,
        cx: &mut Context,
    ) -> Result<AuthorizeOutput, ServiceError> {
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::SECURITY_GROUP_RULE)?;
        let group_id = change::group_id(Some(&input.group_id), None, cx)?;
        let permissions = input.ip_permissions.as_deref().unwrap_or_default();
        let rules = permission::read(permissions, &group_id, true, cx)?;
        let added = change::authorize(&group_id, true, rules, &tags, cx)?;
        Ok(AuthorizeOutput::of(&added, cx))
    }
}
