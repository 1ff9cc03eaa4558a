//! RemoveTags: by their keys; one that is not there is no error. A value that is given has to be the tag's.

use super::Nothing;
use super::add_tags::TagsOfResource;
use crate::trail::find;
use controlplane_services_kernel::{Context, Operation, ServiceError};

/// See the module.
pub struct RemoveTags;

impl Operation for RemoveTags {
    const NAME: &'static str = "RemoveTags";
    type Input = TagsOfResource;
    type Output = Nothing;

    fn run(input: &TagsOfResource, cx: &mut Context) -> Result<Nothing, ServiceError> {
        let (name, mut trail) = find::tagged(&input.resource_id, cx)?;
        for tag in &input.tags_list {
            let is_meant = |has: &String| tag.value.as_ref().is_none_or(|value| value == has);
            if trail.tags.get(&tag.key).is_some_and(is_meant) {
                trail.tags.remove(&tag.key);
            }
        }
        cx.put(&name, trail);
        Ok(Nothing {})
    }
}
