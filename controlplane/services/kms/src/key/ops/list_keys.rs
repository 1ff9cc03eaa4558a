//! ListKeys.

use crate::errors;
use crate::key::{KmsKey, arn_of};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// Keys on a page, if nobody says.
const PAGE: usize = 100;

/// See the module.
pub struct ListKeys;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListKeysInput {
    limit: Option<usize>,
    /// The first key of the page.
    marker: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListKeysOutput {
    keys: Vec<KeyEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    truncated: bool,
}

/// A key, by its names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeyEntry {
    key_id: String,
    key_arn: String,
}

impl Query for ListKeys {
    const NAME: &'static str = "ListKeys";
    type Input = ListKeysInput;
    type Output = ListKeysOutput;

    fn run(input: &ListKeysInput, cx: &Reader) -> Result<ListKeysOutput, ServiceError> {
        let start = input.marker.as_deref().unwrap_or_default();
        if start.bytes().any(|octet| !octet.is_ascii_hexdigit() && octet != b'-') {
            return Err(errors::invalid_marker());
        }
        let mut rest = cx.list_from::<KmsKey>(start).map(|found| found.key.id().to_owned());
        let page: Vec<String> = rest.by_ref().take(input.limit.unwrap_or(PAGE)).collect();
        let next_marker = rest.next();
        let entry = |id: String| KeyEntry { key_arn: arn_of(&id, &cx.caller), key_id: id };
        Ok(ListKeysOutput {
            keys: page.into_iter().map(entry).collect(),
            truncated: next_marker.is_some(),
            next_marker,
        })
    }
}
