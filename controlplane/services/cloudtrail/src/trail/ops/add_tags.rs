//! AddTags: tags of a trail, by its ARN; those it has get the new value.

use super::Nothing;
use crate::trail::tags::{Tag, given};
use crate::trail::{find, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct AddTags;

/// Request, of [`super::remove_tags`] too.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TagsOfResource {
    pub(super) resource_id: String,
    pub(super) tags_list: Vec<Tag>,
}

impl Operation for AddTags {
    const NAME: &'static str = "AddTags";
    type Input = TagsOfResource;
    type Output = Nothing;

    fn run(input: &TagsOfResource, cx: &mut Context) -> Result<Nothing, ServiceError> {
        let (name, mut trail) = find::tagged(&input.resource_id, cx)?;
        trail.tags.extend(given(&input.tags_list));
        validate::tags(&trail.tags)?;
        cx.put(&name, trail);
        Ok(Nothing {})
    }
}
