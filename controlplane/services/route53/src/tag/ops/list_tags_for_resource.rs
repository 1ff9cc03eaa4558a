//! ListTagsForResource.

use crate::tag::{ResourceTagSet, ResourceType};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListTagsForResource;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceInput {
    resource_type: ResourceType,
    resource_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceOutput {
    resource_tag_set: ResourceTagSet,
}

impl Query for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Input = ListTagsForResourceInput;
    type Output = ListTagsForResourceOutput;

    fn run(input: &ListTagsForResourceInput, cx: &Reader) -> Result<ListTagsForResourceOutput, ServiceError> {
        let resource_tag_set = ResourceTagSet::of(input.resource_type, &input.resource_id, cx)?;
        Ok(ListTagsForResourceOutput { resource_tag_set })
    }
}
