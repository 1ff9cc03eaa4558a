use super::{MAX_TAGS, Tag, TagSpecification, Tags};
use crate::errors::{self, Noun};
use crate::instance::check_demand;
use controlplane_services_kernel::ServiceError;
use std::collections::BTreeMap;

const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// The tags of a create action that makes one kind of thing.
pub fn specified(specifications: Option<&[TagSpecification]>, noun: &Noun) -> Result<Tags, ServiceError> {
    let mut by_type = specified_for(specifications, &[noun.tag_type])?;
    Ok(by_type.remove(noun.tag_type).unwrap_or_default())
}

/// The tags of a create action that makes several kinds of things, by resource type.
pub fn specified_for(
    specifications: Option<&[TagSpecification]>,
    allowed: &[&str],
) -> Result<BTreeMap<String, Tags>, ServiceError> {
    let mut by_type = BTreeMap::new();
    for specification in specifications.unwrap_or_default() {
        let resource_type = &specification.resource_type;
        if !allowed.contains(&resource_type.as_str()) {
            return Err(errors::not_taggable_here(resource_type));
        }
        if by_type.insert(resource_type.clone(), read(&specification.tags)?).is_some() {
            return Err(errors::tag_type_given_twice(resource_type));
        }
    }
    Ok(by_type)
}

/// A list of tags from the wire.
pub(super) fn read(list: &[Tag]) -> Result<Tags, ServiceError> {
    let mut tags = Tags::new();
    for tag in list {
        if tags.insert(tag.key.clone(), tag.value.clone()).is_some() {
            return Err(errors::tag_key_given_twice(&tag.key));
        }
    }
    check(&tags)?;
    Ok(tags)
}

/// The tags of a manifest as a create action's member.
pub fn from_manifest(tags: &Tags, noun: &Noun) -> Option<Vec<TagSpecification>> {
    let list = tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect();
    (!tags.is_empty()).then(|| vec![TagSpecification { resource_type: noun.tag_type.to_owned(), tags: list }])
}

/// Whether a caller may set these tags.
pub fn check(tags: &Tags) -> Result<(), ServiceError> {
    count(tags)?;
    tags.iter().try_for_each(|(key, value)| check_one(key, value))
}

fn check_one(key: &str, value: &str) -> Result<(), ServiceError> {
    if key.is_empty() {
        return Err(errors::tag_key_empty());
    }
    if key.chars().count() > MAX_KEY {
        return Err(errors::tag_key_too_long(MAX_KEY));
    }
    if value.chars().count() > MAX_VALUE {
        return Err(errors::tag_value_too_long(MAX_VALUE));
    }
    check_demand(key, value).map_err(|rule| errors::tag_is_no_demand(key, value, &rule))?;
    reserved(key)
}

/// Refuses keys that only the region sets.
pub(super) fn reserved(key: &str) -> Result<(), ServiceError> {
    let lower = key.to_ascii_lowercase();
    if lower.starts_with("aws:") { Err(errors::tag_key_reserved()) } else { Ok(()) }
}

/// The region's own tags do not count.
pub(super) fn count(tags: &Tags) -> Result<(), ServiceError> {
    let own = tags.keys().filter(|key| reserved(key).is_ok()).count();
    if own > MAX_TAGS { Err(errors::tag_limit_exceeded(MAX_TAGS)) } else { Ok(()) }
}
