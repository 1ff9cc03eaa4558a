use super::ShownTemplate;
use crate::dry_run::may_dry_run;
use crate::launch_template::types::named;
use crate::launch_template::validate;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteLaunchTemplate.html>
pub(crate) struct DeleteLaunchTemplate;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteLaunchTemplateInput {
    pub(crate) launch_template_id: Option<String>,
    pub(crate) launch_template_name: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteLaunchTemplateInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteLaunchTemplateOutput {
    pub(crate) launch_template: ShownTemplate,
}

impl Operation for DeleteLaunchTemplate {
    const NAME: &'static str = "DeleteLaunchTemplate";
    type Input = DeleteLaunchTemplateInput;
    type Output = DeleteLaunchTemplateOutput;

    fn run(
        input: &DeleteLaunchTemplateInput,
        cx: &mut Context,
    ) -> Result<DeleteLaunchTemplateOutput, ServiceError> {
        let (id, template) =
            named(input.launch_template_id.as_deref(), input.launch_template_name.as_deref(), cx)?;
        let launch_template = ShownTemplate::new(&id, template, cx);
        validate::remove(&id, cx);
        Ok(DeleteLaunchTemplateOutput { launch_template })
    }
}
