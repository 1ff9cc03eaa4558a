use crate::dry_run::may_dry_run;
use crate::errors;
use crate::launch_template::LaunchTemplate;
use crate::launch_template::types::{LaunchTemplateVersion, named, version};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteLaunchTemplateVersions.html>
///
/// The one action that succeeds in part: its answer says of each version what became of it.
pub(crate) struct DeleteLaunchTemplateVersions;

const MOST: usize = 200;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteLaunchTemplateVersionsInput {
    pub(crate) launch_template_id: Option<String>,
    pub(crate) launch_template_name: Option<String>,
    pub(crate) versions: Vec<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteLaunchTemplateVersionsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteLaunchTemplateVersionsOutput {
    pub(crate) successfully_deleted_launch_template_versions: Vec<DeletedVersion>,
    pub(crate) unsuccessfully_deleted_launch_template_versions: Vec<KeptVersion>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeletedVersion {
    launch_template_id: String,
    launch_template_name: String,
    pub(crate) version_number: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct KeptVersion {
    launch_template_id: String,
    launch_template_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_number: Option<u64>,
    pub(crate) response_error: ResponseError,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ResponseError {
    pub(crate) code: &'static str,
    message: String,
}

impl Operation for DeleteLaunchTemplateVersions {
    const NAME: &'static str = "DeleteLaunchTemplateVersions";
    type Input = DeleteLaunchTemplateVersionsInput;
    type Output = DeleteLaunchTemplateVersionsOutput;

    fn run(
        input: &DeleteLaunchTemplateVersionsInput,
        cx: &mut Context,
    ) -> Result<DeleteLaunchTemplateVersionsOutput, ServiceError> {
        let (id, template) =
            named(input.launch_template_id.as_deref(), input.launch_template_name.as_deref(), cx)?;
        let template = template.clone();
        if input.versions.is_empty() || input.versions.len() > MOST {
            return Err(errors::number_of_versions(MOST));
        }
        let (mut deleted, mut kept) = (Vec::new(), Vec::new());
        for text in &input.versions {
            match deletable(&id, &template, text, cx) {
                Ok(number) => {
                    cx.delete::<LaunchTemplateVersion>(&LaunchTemplateVersion::id(&id, number));
                    deleted.push(number);
                }
                Err(error) => kept.push((text.parse().ok(), error)),
            }
        }
        let latest = LaunchTemplateVersion::all(&id, cx)
            .map(|version| LaunchTemplateVersion::number(version.key.id()))
            .max();
        let latest_version = latest.unwrap_or(template.default_version);
        if latest_version != template.latest_version {
            cx.put(&id, LaunchTemplate { latest_version, ..template.clone() });
        }
        Ok(output(&id, &template.name, deleted, kept))
    }
}

fn deletable(id: &str, template: &LaunchTemplate, text: &str, cx: &Context) -> Result<u64, ResponseError> {
    let found = version(id, template, text, cx);
    let (number, _) = found.map_err(|error| ResponseError {
        code: "launchTemplateVersionDoesNotExist",
        message: error.message,
    })?;
    if number == template.default_version {
        let message = "Cannot delete the default version of a launch template".to_owned();
        return Err(ResponseError { code: "unexpectedError", message });
    }
    Ok(number)
}

fn output(
    id: &str,
    name: &str,
    deleted: Vec<u64>,
    kept: Vec<(Option<u64>, ResponseError)>,
) -> DeleteLaunchTemplateVersionsOutput {
    let deleted = deleted.into_iter().map(|version_number| DeletedVersion {
        launch_template_id: id.to_owned(),
        launch_template_name: name.to_owned(),
        version_number,
    });
    let kept = kept.into_iter().map(|(version_number, response_error)| KeptVersion {
        launch_template_id: id.to_owned(),
        launch_template_name: name.to_owned(),
        version_number,
        response_error,
    });
    DeleteLaunchTemplateVersionsOutput {
        successfully_deleted_launch_template_versions: deleted.collect(),
        unsuccessfully_deleted_launch_template_versions: kept.collect(),
    }
}
