use super::ShownTemplate;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::launch_template::types::{named, version};
use crate::launch_template::{LaunchTemplate, validate};
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyLaunchTemplate.html>
pub(crate) struct ModifyLaunchTemplate;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifyLaunchTemplateInput {
    pub(crate) client_token: Option<String>,
    pub(crate) launch_template_id: Option<String>,
    pub(crate) launch_template_name: Option<String>,
    pub(crate) default_version: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(ModifyLaunchTemplateInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ModifyLaunchTemplateOutput {
    pub(crate) launch_template: ShownTemplate,
}

impl Operation for ModifyLaunchTemplate {
    const NAME: &'static str = "ModifyLaunchTemplate";
    type Input = ModifyLaunchTemplateInput;
    type Output = ModifyLaunchTemplateOutput;

    fn run(
        input: &ModifyLaunchTemplateInput,
        cx: &mut Context,
    ) -> Result<ModifyLaunchTemplateOutput, ServiceError> {
        let (id, template) =
            named(input.launch_template_id.as_deref(), input.launch_template_name.as_deref(), cx)?;
        let text =
            input.default_version.as_deref().ok_or_else(|| errors::missing_parameter("SetDefaultVersion"))?;
        let (number, _) = version(&id, template, text, cx)?;
        validate::set_default(&id, number, cx)?;
        let template = require::<LaunchTemplate>(&id, cx)?;
        Ok(ModifyLaunchTemplateOutput { launch_template: ShownTemplate::new(&id, template, cx) })
    }

    fn client_token(input: &ModifyLaunchTemplateInput) -> Option<&str> {
        input.client_token.as_deref()
    }
}
