//! ListTags: the tags of trails, by their ARNs.

use crate::errors;
use crate::trail::find;
use crate::trail::tags::{Tag, shown};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListTags;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListTagsInput {
    resource_id_list: Vec<String>,
    /// The answer is one page, so none was ever given.
    next_token: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsOutput {
    resource_tag_list: Vec<ResourceTag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceTag {
    resource_id: String,
    tags_list: Vec<Tag>,
}

impl Query for ListTags {
    const NAME: &'static str = "ListTags";
    type Input = ListTagsInput;
    type Output = ListTagsOutput;

    fn run(input: &ListTagsInput, cx: &Reader) -> Result<ListTagsOutput, ServiceError> {
        if input.next_token.as_deref().is_some_and(|token| !token.is_empty()) {
            return Err(errors::invalid_token());
        }
        let of = |id: &String| {
            let (_, trail) = find::tagged(id, cx)?;
            Ok(ResourceTag { resource_id: id.clone(), tags_list: shown(&trail) })
        };
        let resource_tag_list = input.resource_id_list.iter().map(of).collect::<Result<_, ServiceError>>()?;
        Ok(ListTagsOutput { resource_tag_list })
    }
}
