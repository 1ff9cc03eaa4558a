//! Shapes that several actions share.

use crate::session_token::Issued;
use controlplane_services_kernel::access;
use controlplane_services_kernel::{Access, ServiceError};
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most tags of a session.
const MAX_TAGS: usize = 50;

#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
    pub(crate) expiration: Timestamp,
}

impl Credentials {
    pub(super) fn new(issued: Issued, expiration: Timestamp) -> Self {
        let Issued { access_key_id, secret, token } = issued;
        Self { access_key_id, secret_access_key: secret, session_token: token, expiration }
    }
}

/// A managed policy a session may not go beyond.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct PolicyDescriptor {
    #[serde(rename = "arn")]
    pub(crate) arn: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// The tags of a session by key. Keys that differ only by case are the same.
pub(super) fn tags(given: &[Tag]) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut seen = BTreeSet::new();
    for Tag { key, .. } in given {
        if !seen.insert(key.to_lowercase()) {
            let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(crate::errors::invalid(message));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(crate::errors::invalid(format!("Tag key '{key}' must not begin with aws:")));
        }
    }
    if given.len() > MAX_TAGS {
        return Err(crate::errors::invalid(format!("A session has at most {MAX_TAGS} tags")));
    }
    Ok(given.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect())
}

pub(super) fn with_tags(access: Access, given: &[Tag]) -> Access {
    access::request_tags(access, given.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
}
