//! GetRegionOptStatus.

use crate::errors;
use crate::region::{RegionShown, regions};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetRegionOptStatus;

/// Request.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetRegionOptStatusInput {
    region_name: String,
}

impl Query for GetRegionOptStatus {
    const NAME: &'static str = "GetRegionOptStatus";
    type Input = GetRegionOptStatusInput;
    type Output = RegionShown;

    fn run(input: &GetRegionOptStatusInput, cx: &Reader) -> Result<RegionShown, ServiceError> {
        let found = regions(cx).into_iter().find(|region| region.region_name == input.region_name);
        found.ok_or_else(|| errors::no_such_region(&input.region_name))
    }
}
