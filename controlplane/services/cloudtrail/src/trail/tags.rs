//! Trails' tags, which are part of the record, for who tags by ARN.

use super::{Trail, find, validate};
use controlplane_services_kernel::tagged::{Arn, TagChange, Tagged, TaggedResource};
use controlplane_services_kernel::{Context, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// See the module.
pub static TAGGED: Tagged = Tagged { service: "cloudtrail", permission, list, change };

/// A tag as requests and answers have it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Tag {
    /// Key.
    pub(crate) key: String,
    /// Value.
    pub(crate) value: Option<String>,
}

/// Keys and values of a request's list.
pub(super) fn given(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone().unwrap_or_default())).collect()
}

/// A record's tags as answers have them.
pub(super) fn shown(trail: &Trail) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| Tag { key: key.clone(), value: Some(value.clone()) };
    trail.tags.iter().map(tag).collect()
}

fn permission(_: &str, is_removal: bool) -> Option<&'static str> {
    Some(if is_removal { "cloudtrail:RemoveTags" } else { "cloudtrail:AddTags" })
}

fn list(cx: &Reader) -> Vec<TaggedResource> {
    let tagged = cx.list::<Trail>().filter(|trail| !trail.tags.is_empty());
    let shown = |name: &str, trail: &Trail| TaggedResource {
        arn: Trail::arn(name, &cx.caller.account, &cx.caller.region),
        tags: trail.tags.clone(),
    };
    tagged.map(|trail| shown(trail.key.id(), trail.record)).collect()
}

fn change(arn: &Arn<'_>, change: &TagChange<'_>, cx: &mut Context) -> Result<(), ServiceError> {
    let (name, mut trail) = find::tagged(arn.text, cx)?;
    match change {
        TagChange::Add(tags) => {
            trail.tags.extend(tags.iter().map(|(key, value)| (key.clone(), value.clone())))
        }
        TagChange::Remove(keys) => trail.tags.retain(|key, _| !keys.contains(key)),
    }
    validate::tags(&trail.tags)?;
    cx.put(&name, trail);
    Ok(())
}
