//! GetTagValues: the values of one key, each once.

use crate::resource::listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// On a page.
const PAGE: usize = 1_000;

/// See the module.
pub struct GetTagValues;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetTagValuesInput {
    key: String,
    pagination_token: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetTagValuesOutput {
    pagination_token: String,
    tag_values: Vec<String>,
}

impl Query for GetTagValues {
    const NAME: &'static str = "GetTagValues";
    type Input = GetTagValuesInput;
    type Output = GetTagValuesOutput;

    fn run(input: &GetTagValuesInput, cx: &Reader) -> Result<GetTagValuesOutput, ServiceError> {
        let values = listing::all(cx).into_iter().filter_map(|mut resource| resource.tags.remove(&input.key));
        let values: BTreeSet<String> = values.collect();
        let token = input.pagination_token.as_deref();
        let (tag_values, pagination_token) = listing::page(values.into_iter(), String::as_str, token, PAGE)?;
        Ok(GetTagValuesOutput { pagination_token, tag_values })
    }
}
