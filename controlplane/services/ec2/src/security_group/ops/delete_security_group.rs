use crate::dry_run::may_dry_run;
use crate::resource::require;
use crate::security_group::{SecurityGroup, change, delete, rules_referring_to};
use crate::{errors, network_interface};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html>
pub(crate) struct DeleteSecurityGroup;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteSecurityGroupInput {
    pub(crate) group_id: Option<String>,
    pub(crate) group_name: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteSecurityGroupInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteSecurityGroupOutput {
    pub(crate) r#return: bool,
    pub(crate) group_id: String,
}

impl Operation for DeleteSecurityGroup {
    const NAME: &'static str = "DeleteSecurityGroup";
    type Input = DeleteSecurityGroupInput;
    type Output = DeleteSecurityGroupOutput;

    fn run(
        input: &DeleteSecurityGroupInput,
        cx: &mut Context,
    ) -> Result<DeleteSecurityGroupOutput, ServiceError> {
        let group_id = change::group_id(input.group_id.as_deref(), input.group_name.as_deref(), cx)?;
        if require::<SecurityGroup>(&group_id, cx)?.is_default() {
            return Err(errors::default_group_stays(&group_id));
        }
        if network_interface::of_group(&group_id, cx).next().is_some() {
            return Err(errors::group_in_use(&group_id));
        }
        if let Some(rule) = rules_referring_to(&group_id, cx).find(|rule| rule.group_id != group_id) {
            return Err(errors::group_referenced(&group_id, &rule.group_id));
        }
        delete(&group_id, cx);
        Ok(DeleteSecurityGroupOutput { r#return: true, group_id })
    }
}
