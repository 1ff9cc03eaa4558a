//! ListGeoLocations: countries with their subdivisions, then continents.

use crate::geo_location::GeoLocationDetails;
use crate::geo_location::types::all;
use crate::{errors, page};
use controlplane_services_kernel::{Access, Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListGeoLocations;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListGeoLocationsInput {
    #[serde(default)]
    start_continent_code: Option<String>,
    #[serde(default)]
    start_country_code: Option<String>,
    #[serde(default)]
    start_subdivision_code: Option<String>,
    #[serde(default)]
    max_items: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListGeoLocationsOutput {
    geo_location_details_list: Vec<GeoLocationDetails>,
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_continent_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_country_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_subdivision_code: Option<&'static str>,
    max_items: String,
}

impl Query for ListGeoLocations {
    const NAME: &'static str = "ListGeoLocations";
    type Input = ListGeoLocationsInput;
    type Output = ListGeoLocationsOutput;

    fn accesses(_: &ListGeoLocationsInput, _: &Reader) -> Option<Vec<Access>> {
        Some(Vec::new())
    }

    fn run(input: &ListGeoLocationsInput, _: &Reader) -> Result<ListGeoLocationsOutput, ServiceError> {
        let max = page::max_items(input.max_items.as_deref(), 100)?;
        let all = all();
        let start = start(input, &all)?;
        let (page, next) = page::cut(all.into_iter().skip(start), max);
        let next_is = next.as_ref();
        Ok(ListGeoLocationsOutput {
            geo_location_details_list: page,
            is_truncated: next.is_some(),
            next_continent_code: next_is.and_then(|next| next.continent_code),
            next_country_code: next_is.and_then(|next| next.country_code),
            next_subdivision_code: next_is.and_then(|next| next.subdivision_code),
            max_items: max.to_string(),
        })
    }
}

/// Where the page begins.
fn start(input: &ListGeoLocationsInput, all: &[GeoLocationDetails]) -> Result<usize, ServiceError> {
    let codes = (
        input.start_continent_code.as_deref(),
        input.start_country_code.as_deref(),
        input.start_subdivision_code.as_deref(),
    );
    if codes == (None, None, None) {
        return Ok(0);
    }
    let place = all.iter().position(|details| details.has(codes.0, codes.1, codes.2));
    place.ok_or_else(|| errors::invalid_input("the list has no location with these codes to start with"))
}
