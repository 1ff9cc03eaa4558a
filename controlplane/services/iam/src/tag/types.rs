use crate::entity::Entity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A tag on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// Entities that carry tags.
pub trait Tagged: Entity {
    /// Its tags.
    fn tags(&self) -> &BTreeMap<String, String>;

    /// The same, to be changed.
    fn tags_mut(&mut self) -> &mut BTreeMap<String, String>;
}

/// As answers show them, which say nothing of tags where there are none.
pub(crate) fn shown(tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    let list: Vec<Tag> =
        tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect();
    (!list.is_empty()).then_some(list)
}
