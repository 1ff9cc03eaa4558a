use super::{check_count, taggable};
use crate::attribute::NoOutput;
use crate::dry_run::may_dry_run;
use crate::tag::{self, Tags, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html>
pub(crate) struct DeleteTags;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteTagsInput {
    pub(crate) resources: Vec<String>,
    pub(crate) tags: Option<Vec<TagToDelete>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DeleteTagsInput);

/// A tag without a value goes whatever its value is; one with a value (also an empty one) only if it has that
/// value.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct TagToDelete {
    pub(crate) key: String,
    pub(crate) value: Option<String>,
}

impl Operation for DeleteTags {
    const NAME: &'static str = "DeleteTags";
    type Input = DeleteTagsInput;
    type Output = NoOutput;

    fn run(input: &DeleteTagsInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        check_count(&input.resources)?;
        for tag in input.tags.iter().flatten() {
            validate::reserved(&tag.key)?;
        }
        for id in &input.resources {
            let noun = taggable(id, cx)?;
            let mut tags = tag::map(id, cx);
            match &input.tags {
                Some(wanted) if !wanted.is_empty() => remove(&mut tags, wanted),
                _ => tags.retain(|key, _| validate::reserved(key).is_err()),
            }
            tag::put(noun.tag_type, id, tags, cx);
        }
        Ok(NoOutput {})
    }
}

fn remove(tags: &mut Tags, wanted: &[TagToDelete]) {
    tags.retain(|key, value| {
        let goes =
            |tag: &TagToDelete| tag.key == *key && tag.value.as_ref().is_none_or(|wanted| wanted == value);
        !wanted.iter().any(goes)
    });
}
