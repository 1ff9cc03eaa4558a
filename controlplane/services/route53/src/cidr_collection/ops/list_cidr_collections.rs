//! ListCidrCollections: by id.

use crate::cidr_collection::{CidrCollection, CollectionSummary, paging};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListCidrCollections;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCidrCollectionsInput {
    #[serde(default)]
    next_token: Option<String>,
    #[serde(default)]
    max_results: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCidrCollectionsOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    cidr_collections: Vec<CollectionSummary>,
}

impl Query for ListCidrCollections {
    const NAME: &'static str = "ListCidrCollections";
    type Input = ListCidrCollectionsInput;
    type Output = ListCidrCollectionsOutput;

    fn run(input: &ListCidrCollectionsInput, cx: &Reader) -> Result<ListCidrCollectionsOutput, ServiceError> {
        let paging = paging(input.next_token.as_deref(), input.max_results.as_deref())?;
        let (found, next_token) =
            paging.cut(cx.list::<CidrCollection>(), |collection| collection.key.id().to_owned());
        let shown = found.iter().map(|found| CollectionSummary::of(found.key.id(), found.record));
        Ok(ListCidrCollectionsOutput { next_token, cidr_collections: shown.collect() })
    }
}
