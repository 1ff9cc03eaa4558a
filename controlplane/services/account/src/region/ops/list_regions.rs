//! ListRegions.

use crate::errors;
use crate::region::{RegionShown, STATUS, regions};
use controlplane_services_kernel::{Query, Reader, ServiceError, page};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListRegions;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListRegionsInput {
    max_results: Option<usize>,
    next_token: Option<String>,
    region_opt_status_contains: Option<Vec<String>>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRegionsOutput {
    regions: Vec<RegionShown>,
    next_token: Option<String>,
}

impl Query for ListRegions {
    const NAME: &'static str = "ListRegions";
    type Input = ListRegionsInput;
    type Output = ListRegionsOutput;

    fn run(input: &ListRegionsInput, cx: &Reader) -> Result<ListRegionsOutput, ServiceError> {
        let wanted = input.region_opt_status_contains.as_deref().unwrap_or_default();
        let is_wanted = wanted.is_empty() || wanted.iter().any(|status| status == STATUS);
        let found = regions(cx).into_iter().filter(|_| is_wanted);
        let page = page::numbered(found, input.next_token.as_deref(), input.max_results);
        let (regions, next_token) = page.ok_or_else(errors::invalid_token)?;
        Ok(ListRegionsOutput { regions, next_token })
    }
}
