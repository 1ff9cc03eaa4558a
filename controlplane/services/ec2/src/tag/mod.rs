//! Tags: one record per tagged resource, beside the resource.
//!
//! They are not part of the resource's record, because changing a tag must not wake whatever looks at the
//! resource, and `DescribeTags` then reads one small table. [`crate::resource::delete`]
//! forgets them together with the resource.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html>

mod ops;
mod tagged;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub(crate) use ops::{create_tags, delete_tags, describe_tags};
pub use tagged::TAGGED;
pub use types::{ResourceTags, Tag, TagSpecification, Tags};
pub use validate::{check, from_manifest, specified, specified_for};

use crate::errors::Noun;
use controlplane_services_kernel::manifest::Applied;
use controlplane_services_kernel::{Context, Reader, ServiceError};

/// The most tags a resource carries.
pub const MAX_TAGS: usize = 50;

/// The tags of a resource, in the order of their keys.
pub fn of(id: &str, cx: &Reader) -> Vec<Tag> {
    let tags = cx.get::<ResourceTags>(id).into_iter().flat_map(|found| found.tags.iter());
    tags.map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

/// One tag of a resource.
pub fn get<'r>(id: &str, key: &str, cx: &'r Reader) -> Option<&'r str> {
    cx.get::<ResourceTags>(id)?.tags.get(key).map(String::as_str)
}

/// What people call a record: its Name tag, else the name of its manifest.
pub fn name(kind: &str, id: &str, cx: &Reader) -> String {
    get(id, "Name", cx).or_else(|| Applied::name_of(kind, id, cx)).unwrap_or_default().to_owned()
}

/// The tags of a resource as a manifest says them.
pub fn map(id: &str, cx: &Reader) -> Tags {
    cx.get::<ResourceTags>(id).map(|found| found.tags.clone()).unwrap_or_default()
}

/// Adds `tags` to a resource, replacing values of keys it has. The tags are checked ([`specified`],
/// [`check`]) or the region's own (`aws:...`).
pub fn add(noun: &Noun, id: &str, tags: &Tags, cx: &mut Context) -> Result<(), ServiceError> {
    if tags.is_empty() {
        return Ok(());
    }
    let mut all = map(id, cx);
    all.extend(tags.clone());
    validate::count(&all)?;
    put(noun.tag_type, id, all, cx);
    Ok(())
}

/// Makes a resource's tags `wanted`, where they are `live`. The region's own (`aws:...`) can only stay.
pub fn redeclare(
    noun: &Noun,
    id: &str,
    live: &Tags,
    wanted: &Tags,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let changed = wanted.iter().filter(|(key, value)| live.get(*key) != Some(*value));
    check(&changed.map(|(key, value)| (key.clone(), value.clone())).collect())?;
    validate::count(wanted)?;
    put(noun.tag_type, id, wanted.clone(), cx);
    Ok(())
}

/// Forgets the tags of a resource that goes away.
pub fn forget(id: &str, cx: &mut Context) {
    if cx.get::<ResourceTags>(id).is_some() {
        cx.delete::<ResourceTags>(id);
    }
}

fn put(resource_type: &str, id: &str, tags: Tags, cx: &mut Context) {
    if tags.is_empty() {
        return forget(id, cx);
    }
    let record = ResourceTags { resource_type: resource_type.to_owned(), tags };
    if cx.get::<ResourceTags>(id) != Some(&record) {
        cx.put(id, record);
    }
}
