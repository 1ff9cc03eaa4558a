use super::Tag;
use crate::errors;
use controlplane_services_kernel::ServiceError;
use std::collections::BTreeMap;

/// Tags a resource carries at most.
const TAGS_MAX: usize = 50;

/// Tags of a new entity.
pub(crate) fn given(tags: Option<&[Tag]>) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut all = BTreeMap::new();
    add(tags.unwrap_or_default(), &mut all)?;
    Ok(all)
}

/// Adds tags to those there are. Keys that are the same but for case are the same, and the newer spelling stays.
pub(super) fn add(tags: &[Tag], all: &mut BTreeMap<String, String>) -> Result<(), ServiceError> {
    for (position, tag) in tags.iter().enumerate() {
        let key = tag.key.to_lowercase();
        if key.starts_with("aws:") {
            return Err(errors::invalid_tag(format!(
                "Tag key {}: keys that start with aws: are reserved for AWS",
                tag.key
            )));
        }
        if tags[..position].iter().any(|other| other.key.to_lowercase() == key) {
            return Err(errors::invalid_tag(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        all.retain(|known, _| known.to_lowercase() != key);
        all.insert(tag.key.clone(), tag.value.clone());
    }
    if all.len() > TAGS_MAX {
        return Err(errors::too_many_tags());
    }
    Ok(())
}

/// Takes tags away, whatever the case of their keys.
pub(super) fn remove(keys: &[String], all: &mut BTreeMap<String, String>) {
    all.retain(|known, _| !keys.iter().any(|key| key.to_lowercase() == known.to_lowercase()));
}
