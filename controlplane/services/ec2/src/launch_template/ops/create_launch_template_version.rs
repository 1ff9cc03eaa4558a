use super::ShownVersion;
use crate::dry_run::may_dry_run;
use crate::launch_template::data::LaunchTemplateData;
use crate::launch_template::types::{named, version};
use crate::launch_template::{LaunchTemplate, validate};
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html>
pub(crate) struct CreateLaunchTemplateVersion;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateLaunchTemplateVersionInput {
    pub(crate) client_token: Option<String>,
    pub(crate) launch_template_id: Option<String>,
    pub(crate) launch_template_name: Option<String>,
    /// The new version is this one with the new data over it.
    pub(crate) source_version: Option<String>,
    pub(crate) version_description: Option<String>,
    pub(crate) launch_template_data: LaunchTemplateData,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateLaunchTemplateVersionInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateLaunchTemplateVersionOutput {
    pub(crate) launch_template_version: ShownVersion,
}

impl Operation for CreateLaunchTemplateVersion {
    const NAME: &'static str = "CreateLaunchTemplateVersion";
    type Input = CreateLaunchTemplateVersionInput;
    type Output = CreateLaunchTemplateVersionOutput;

    fn run(
        input: &CreateLaunchTemplateVersionInput,
        cx: &mut Context,
    ) -> Result<CreateLaunchTemplateVersionOutput, ServiceError> {
        let (id, template) =
            named(input.launch_template_id.as_deref(), input.launch_template_name.as_deref(), cx)?;
        let base = match &input.source_version {
            Some(text) => version(&id, template, text, cx)?.1.data.clone(),
            None => LaunchTemplateData::default(),
        };
        let data = base.overridden_by(input.launch_template_data.clone());
        validate::data(&data)?;
        validate::description(input.version_description.as_deref())?;
        let number = validate::store_version(&id, input.version_description.as_deref(), &data, cx)?;
        let template = require::<LaunchTemplate>(&id, cx)?;
        let (number, version) = version(&id, template, &number.to_string(), cx)?;
        let launch_template_version = ShownVersion::new(&id, template, number, version);
        Ok(CreateLaunchTemplateVersionOutput { launch_template_version })
    }

    fn client_token(input: &CreateLaunchTemplateVersionInput) -> Option<&str> {
        input.client_token.as_deref()
    }
}
