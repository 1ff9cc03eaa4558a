//! GetTagKeys: the keys of all tags, each once.

use crate::resource::listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// On a page.
const PAGE: usize = 1_000;

/// See the module.
pub struct GetTagKeys;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetTagKeysInput {
    pagination_token: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTagKeysOutput {
    pagination_token: String,
    tag_keys: Vec<String>,
}

impl Query for GetTagKeys {
    const NAME: &'static str = "GetTagKeys";
    type Input = GetTagKeysInput;
    type Output = GetTagKeysOutput;

    fn run(input: &GetTagKeysInput, cx: &Reader) -> Result<GetTagKeysOutput, ServiceError> {
        let keys = listing::all(cx).into_iter().flat_map(|resource| resource.tags.into_keys());
        let keys: BTreeSet<String> = keys.collect();
        let token = input.pagination_token.as_deref();
        let (tag_keys, pagination_token) = listing::page(keys.into_iter(), String::as_str, token, PAGE)?;
        Ok(GetTagKeysOutput { pagination_token, tag_keys })
    }
}
