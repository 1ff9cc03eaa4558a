//! TagResources.

use crate::resource::changing::{self, ChangedOutput};
use controlplane_services_kernel::tagged::{TagChange, TagMap};
use controlplane_services_kernel::{Access, Context, Operation, Reader, ServiceError, access};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct TagResources;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TagResourcesInput {
    #[serde(rename = "ResourceARNList")]
    resource_arn_list: Vec<String>,
    tags: Vec<TagEntry>,
}

/// An entry of the map of tags.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct TagEntry {
    key: String,
    value: String,
}

impl Operation for TagResources {
    const NAME: &'static str = "TagResources";
    type Input = TagResourcesInput;
    type Output = ChangedOutput;

    fn accesses(input: &TagResourcesInput, cx: &Reader) -> Option<Vec<Access>> {
        let tags = input.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
        let own = access::request_tags(Access::anything(), tags);
        Some(changing::accesses(own, &input.resource_arn_list, false, cx))
    }

    fn run(input: &TagResourcesInput, cx: &mut Context) -> Result<ChangedOutput, ServiceError> {
        let tags: TagMap = input.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        Ok(changing::change(&input.resource_arn_list, &TagChange::Add(&tags), cx))
    }
}
