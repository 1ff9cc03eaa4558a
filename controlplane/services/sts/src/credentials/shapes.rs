//! Shapes that several actions share.

use super::Tags;
use crate::session_token::Issued;
use controlplane_services_kernel::access;
use controlplane_services_kernel::{Access, ServiceError};
use controlplane_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most tags of a session.
const MAX_TAGS: usize = 50;
/// Characters of a tag's key.
const MAX_KEY: usize = 128;
/// Characters of a tag's value.
const MAX_VALUE: usize = 256;

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

/// Whose name a session goes by.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssumedRoleUser {
    pub(crate) assumed_role_id: String,
    pub(crate) arn: String,
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

/// The tags of a session by key.
pub(super) fn tags(given: &[Tag]) -> Result<Tags, ServiceError> {
    check_keys(given.iter().map(|tag| tag.key.as_str()))?;
    Ok(given.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect())
}

/// Tags that no model of a request has bounded.
pub(super) fn check_tags(tags: &Tags) -> Result<(), ServiceError> {
    check_keys(tags.keys().map(String::as_str))?;
    let in_order = |(key, value): (&String, &String)| {
        let characters =
            |text: &str, most| text.chars().count() <= most && !text.chars().any(char::is_control);
        !key.is_empty() && characters(key, MAX_KEY) && characters(value, MAX_VALUE)
    };
    match tags.iter().all(in_order) {
        true => Ok(()),
        false => Err(crate::errors::invalid(format!(
            "A tag has a key of 1 to {MAX_KEY} and a value of at most {MAX_VALUE} characters"
        ))),
    }
}

/// Keys that differ only by case are the same.
fn check_keys<'k>(keys: impl Iterator<Item = &'k str>) -> Result<(), ServiceError> {
    let mut seen = BTreeSet::new();
    for key in keys {
        if !seen.insert(key.to_lowercase()) {
            let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(crate::errors::invalid(message));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(crate::errors::invalid(format!("Tag key '{key}' must not begin with aws:")));
        }
    }
    match seen.len() > MAX_TAGS {
        true => Err(crate::errors::invalid(format!("A session has at most {MAX_TAGS} tags"))),
        false => Ok(()),
    }
}

/// The account a role's ARN names.
pub(super) fn role_account(arn: &str) -> Option<AccountId> {
    let (account, path) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (is_account && path.starts_with("role/")).then(|| account.into())
}

pub(super) fn with_tags(access: Access, given: &[Tag]) -> Access {
    access::request_tags(access, given.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
}
