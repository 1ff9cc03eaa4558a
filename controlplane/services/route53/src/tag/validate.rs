use super::{ResourceType, Tag};
use crate::{errors, health_check, hosted_zone, page};
use controlplane_services_kernel::{Reader, ServiceError};
use std::collections::{BTreeMap, BTreeSet};

/// The longest key, in characters.
const KEY_MAX: usize = 128;
/// The longest value, in characters.
const VALUE_MAX: usize = 256;
/// The most tags a resource carries.
const TAGS_MAX: usize = 50;

/// The bare id of a resource that exists.
pub(super) fn existing<'i>(
    kind: ResourceType,
    id: &'i str,
    reader: &Reader,
) -> Result<&'i str, ServiceError> {
    let id = page::bare_id(id, kind.as_str());
    match kind {
        ResourceType::HealthCheck => health_check::existing(id, reader).map(|_| ())?,
        ResourceType::HostedZone => hosted_zone::existing(id, reader).map(|_| ())?,
    }
    Ok(id)
}

/// Tags and keys of one request: none doubled, none both added and removed, none of AWS's own.
pub(super) fn changes(add: &[Tag], remove: &[String]) -> Result<(), ServiceError> {
    if add.is_empty() && remove.is_empty() {
        return Err(errors::invalid_input("AddTags or RemoveTagKeys must be given"));
    }
    if add.iter().any(|tag| tag.value.chars().count() > VALUE_MAX) {
        return Err(errors::invalid_input(format!("Value: a tag's value has up to {VALUE_MAX} characters")));
    }
    let mut seen = BTreeSet::new();
    for key in add.iter().map(|tag| &tag.key).chain(remove) {
        if key.is_empty() || key.chars().count() > KEY_MAX {
            return Err(errors::invalid_input(format!("Key: a tag's key has 1 to {KEY_MAX} characters")));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(errors::invalid_input(format!("Key: {key}: keys that start with aws: are reserved")));
        }
        if !seen.insert(key) {
            return Err(errors::invalid_input(format!("Key: {key} is given twice")));
        }
    }
    Ok(())
}

/// Not more than a resource carries.
pub(super) fn count(tags: &BTreeMap<String, String>) -> Result<(), ServiceError> {
    if tags.len() > TAGS_MAX {
        return Err(errors::invalid_input(format!("AddTags: a resource has at most {TAGS_MAX} tags")));
    }
    Ok(())
}
