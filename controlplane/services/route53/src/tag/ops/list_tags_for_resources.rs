//! ListTagsForResources: of up to ten of one kind, in the order asked for.

use crate::tag::{ResourceTagSet, ResourceType};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListTagsForResources;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourcesInput {
    resource_type: ResourceType,
    resource_ids: Vec<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourcesOutput {
    resource_tag_sets: Vec<ResourceTagSet>,
}

impl Query for ListTagsForResources {
    const NAME: &'static str = "ListTagsForResources";
    type Input = ListTagsForResourcesInput;
    type Output = ListTagsForResourcesOutput;

    fn run(
        input: &ListTagsForResourcesInput,
        cx: &Reader,
    ) -> Result<ListTagsForResourcesOutput, ServiceError> {
        let sets = input.resource_ids.iter().map(|id| ResourceTagSet::of(input.resource_type, id, cx));
        Ok(ListTagsForResourcesOutput { resource_tag_sets: sets.collect::<Result<_, _>>()? })
    }
}
