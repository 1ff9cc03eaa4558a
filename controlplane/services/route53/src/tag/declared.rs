//! Tags that manifests declare: the same tags, changed by the same action.

use super::ops::change_tags_for_resource::{ChangeTagsForResource, ChangeTagsForResourceInput};
use super::{ResourceTags, ResourceType, Tag};
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use std::collections::BTreeMap;

/// The tags of a resource.
pub(crate) fn map(kind: ResourceType, id: &str, reader: &Reader) -> BTreeMap<String, String> {
    let found = reader.get::<ResourceTags>(&kind.tags_id(id));
    found.map(|found| found.tags.clone()).unwrap_or_default()
}

/// Makes a resource's tags `wanted`.
pub(crate) fn redeclare(
    kind: ResourceType,
    id: &str,
    wanted: &BTreeMap<String, String>,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let held = map(kind, id, cx);
    let changed = wanted.iter().filter(|(key, value)| held.get(*key) != Some(*value));
    let add: Vec<Tag> = changed.map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect();
    let remove: Vec<String> = held.into_keys().filter(|key| !wanted.contains_key(key)).collect();
    if add.is_empty() && remove.is_empty() {
        return Ok(());
    }
    let input = ChangeTagsForResourceInput {
        resource_type: kind,
        resource_id: id.to_owned(),
        add_tags: Some(add),
        remove_tag_keys: Some(remove),
    };
    ChangeTagsForResource::run(&input, cx).map(|_| ())
}
