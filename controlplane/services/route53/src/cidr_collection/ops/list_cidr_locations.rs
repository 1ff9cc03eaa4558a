//! ListCidrLocations: by name.

use crate::cidr_collection::{existing, paging};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListCidrLocations;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCidrLocationsInput {
    collection_id: String,
    #[serde(default)]
    next_token: Option<String>,
    #[serde(default)]
    max_results: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCidrLocationsOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    cidr_locations: Vec<LocationSummary>,
}

/// One location.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LocationSummary {
    location_name: String,
}

impl Query for ListCidrLocations {
    const NAME: &'static str = "ListCidrLocations";
    type Input = ListCidrLocationsInput;
    type Output = ListCidrLocationsOutput;

    fn run(input: &ListCidrLocationsInput, cx: &Reader) -> Result<ListCidrLocationsOutput, ServiceError> {
        let collection = existing(&input.collection_id, cx)?;
        let paging = paging(input.next_token.as_deref(), input.max_results.as_deref())?;
        let (names, next_token) = paging.cut(collection.locations.keys().cloned(), String::clone);
        let shown = names.into_iter().map(|location_name| LocationSummary { location_name });
        Ok(ListCidrLocationsOutput { next_token, cidr_locations: shown.collect() })
    }
}
