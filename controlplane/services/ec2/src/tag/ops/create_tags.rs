use super::{check_count, taggable};
use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::tag::{self, Tag, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html>
pub(crate) struct CreateTags;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateTagsInput {
    pub(crate) resources: Vec<String>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateTagsInput);

impl Operation for CreateTags {
    const NAME: &'static str = "CreateTags";
    type Input = CreateTagsInput;
    type Output = NoOutput;

    fn run(input: &CreateTagsInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        if input.tags.is_empty() {
            return Err(errors::missing_parameter("Tags"));
        }
        check_count(&input.resources)?;
        let tags = validate::read(&input.tags)?;
        for id in &input.resources {
            let noun = taggable(id, cx)?;
            tag::add(noun, id, &tags, cx)?;
        }
        Ok(NoOutput {})
    }
}
