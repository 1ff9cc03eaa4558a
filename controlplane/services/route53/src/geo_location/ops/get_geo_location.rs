//! GetGeoLocation: whether there can be records for it, and what it is called.

use crate::errors;
use crate::geo_location::GeoLocationDetails;
use crate::geo_location::types::all;
use controlplane_services_kernel::{Access, Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetGeoLocation;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetGeoLocationInput {
    #[serde(default)]
    continent_code: Option<String>,
    #[serde(default)]
    country_code: Option<String>,
    #[serde(default)]
    subdivision_code: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetGeoLocationOutput {
    geo_location_details: GeoLocationDetails,
}

impl Query for GetGeoLocation {
    const NAME: &'static str = "GetGeoLocation";
    type Input = GetGeoLocationInput;
    type Output = GetGeoLocationOutput;

    fn accesses(_: &GetGeoLocationInput, _: &Reader) -> Option<Vec<Access>> {
        Some(Vec::new())
    }

    fn run(input: &GetGeoLocationInput, _: &Reader) -> Result<GetGeoLocationOutput, ServiceError> {
        let codes = (
            input.continent_code.as_deref(),
            input.country_code.as_deref(),
            input.subdivision_code.as_deref(),
        );
        match codes {
            (None, None, None) => {
                return Err(errors::invalid_input("ContinentCode or CountryCode must be given"));
            }
            (None, None, Some(_)) => {
                return Err(errors::invalid_input("SubdivisionCode needs CountryCode"));
            }
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
                return Err(errors::invalid_input(
                    "ContinentCode cannot be used together with CountryCode or SubdivisionCode",
                ));
            }
            _ => {}
        }
        let mut found = all().into_iter().filter(|details| details.has(codes.0, codes.1, codes.2));
        let details = found.next().ok_or_else(errors::no_such_geo_location)?;
        Ok(GetGeoLocationOutput { geo_location_details: details })
    }
}
