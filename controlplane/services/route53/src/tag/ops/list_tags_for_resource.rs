//! ListTagsForResource.

use crate::tag::{ResourceTags, ResourceType, Tag, validate};
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

/// The tags of one resource.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceTagSet {
    resource_type: ResourceType,
    resource_id: String,
    tags: Vec<Tag>,
}

impl Query for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Input = ListTagsForResourceInput;
    type Output = ListTagsForResourceOutput;

    fn run(input: &ListTagsForResourceInput, cx: &Reader) -> Result<ListTagsForResourceOutput, ServiceError> {
        let resource_type = input.resource_type;
        let resource_id = validate::existing(resource_type, &input.resource_id, cx)?.to_owned();
        let found = cx.get::<ResourceTags>(&resource_type.tags_id(&resource_id));
        let tags = found.into_iter().flat_map(|found| &found.tags);
        let tags = tags.map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect();
        Ok(ListTagsForResourceOutput {
            resource_tag_set: ResourceTagSet { resource_type, resource_id, tags },
        })
    }
}
