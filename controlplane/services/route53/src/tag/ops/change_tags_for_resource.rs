//! ChangeTagsForResource.

use crate::health_check::{VPC_TAG, set_vpc};
use crate::tag::{ResourceTags, ResourceType, Tag, forget, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ChangeTagsForResource;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeTagsForResourceInput {
    pub(in crate::tag) resource_type: ResourceType,
    pub(in crate::tag) resource_id: String,
    #[serde(default)]
    pub(in crate::tag) add_tags: Option<Vec<Tag>>,
    #[serde(default)]
    pub(in crate::tag) remove_tag_keys: Option<Vec<String>>,
}

/// Answer.
#[derive(Debug, Serialize)]
pub struct ChangeTagsForResourceOutput {}

impl Operation for ChangeTagsForResource {
    const NAME: &'static str = "ChangeTagsForResource";
    type Input = ChangeTagsForResourceInput;
    type Output = ChangeTagsForResourceOutput;

    fn run(
        input: &ChangeTagsForResourceInput,
        cx: &mut Context,
    ) -> Result<ChangeTagsForResourceOutput, ServiceError> {
        let kind = input.resource_type;
        let id = validate::existing(kind, &input.resource_id, cx)?;
        let add = input.add_tags.as_deref().unwrap_or_default();
        let remove = input.remove_tag_keys.as_deref().unwrap_or_default();
        validate::changes(add, remove)?;
        let mut record = cx.get::<ResourceTags>(&kind.tags_id(id)).cloned().unwrap_or_default();
        record.tags.retain(|key, _| !remove.contains(key));
        record.tags.extend(add.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
        validate::count(&record.tags)?;
        if kind == ResourceType::HealthCheck {
            set_vpc(id, record.tags.get(VPC_TAG), cx)?;
        }
        if record.tags.is_empty() {
            forget(kind, id, cx);
        } else {
            cx.put(&kind.tags_id(id), record);
        }
        Ok(ChangeTagsForResourceOutput {})
    }
}
