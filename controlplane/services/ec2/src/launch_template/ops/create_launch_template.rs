use super::ShownTemplate;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::launch_template::data::LaunchTemplateData;
use crate::launch_template::{LaunchTemplate, validate};
use crate::resource::require;
use crate::tag::{self, TagSpecification};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html>
pub(crate) struct CreateLaunchTemplate;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateLaunchTemplateInput {
    pub(crate) client_token: Option<String>,
    pub(crate) launch_template_name: String,
    pub(crate) version_description: Option<String>,
    pub(crate) launch_template_data: LaunchTemplateData,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateLaunchTemplateInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateLaunchTemplateOutput {
    pub(crate) launch_template: ShownTemplate,
}

impl Operation for CreateLaunchTemplate {
    const NAME: &'static str = "CreateLaunchTemplate";
    type Input = CreateLaunchTemplateInput;
    type Output = CreateLaunchTemplateOutput;

    fn run(
        input: &CreateLaunchTemplateInput,
        cx: &mut Context,
    ) -> Result<CreateLaunchTemplateOutput, ServiceError> {
        let name = &input.launch_template_name;
        validate::new_name(name, cx)?;
        let description = input.version_description.as_deref();
        validate::description(description)?;
        validate::data(&input.launch_template_data)?;
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::LAUNCH_TEMPLATE)?;
        let id = validate::store(name, description, &input.launch_template_data, &tags, cx)?;
        let template = require::<LaunchTemplate>(&id, cx)?;
        Ok(CreateLaunchTemplateOutput { launch_template: ShownTemplate::new(&id, template, cx) })
    }

    fn client_token(input: &CreateLaunchTemplateInput) -> Option<&str> {
        input.client_token.as_deref()
    }
}
