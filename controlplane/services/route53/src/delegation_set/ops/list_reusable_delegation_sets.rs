//! ListReusableDelegationSets: by id, which is the order of the marker.

use crate::delegation_set::{DelegationSet, DelegationSetShown};
use crate::page;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListReusableDelegationSets;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListReusableDelegationSetsInput {
    #[serde(default)]
    marker: Option<String>,
    #[serde(default)]
    max_items: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListReusableDelegationSetsOutput {
    delegation_sets: Vec<DelegationSetShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    max_items: String,
}

impl Query for ListReusableDelegationSets {
    const NAME: &'static str = "ListReusableDelegationSets";
    type Input = ListReusableDelegationSetsInput;
    type Output = ListReusableDelegationSetsOutput;

    fn run(
        input: &ListReusableDelegationSetsInput,
        cx: &Reader,
    ) -> Result<ListReusableDelegationSetsOutput, ServiceError> {
        let max = page::max_items(input.max_items.as_deref(), 100)?;
        let start = input.marker.as_deref().map_or("", |marker| page::bare_id(marker, "delegationset"));
        let (sets, next) = page::cut(cx.list_from::<DelegationSet>(start), max);
        Ok(ListReusableDelegationSetsOutput {
            delegation_sets: sets
                .iter()
                .map(|set| DelegationSetShown::of(set.key.id(), set.record))
                .collect(),
            marker: input.marker.clone(),
            is_truncated: next.is_some(),
            next_marker: next.map(|set| set.key.id().to_owned()),
            max_items: max.to_string(),
        })
    }
}
