//! The regions an account may use: those the cluster serves, all of them from the beginning.
//!
//! <https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html>

pub mod ops;

use controlplane_services_kernel::Reader;
use controlplane_services_native::Region;
use serde::Serialize;

/// Nobody has to opt in.
pub(crate) const STATUS: &str = "ENABLED_BY_DEFAULT";

/// A region as answers show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RegionShown {
    pub(crate) region_name: String,
    pub(crate) region_opt_status: &'static str,
}

/// All regions, in the order of their names.
pub(crate) fn regions(cx: &Reader) -> Vec<RegionShown> {
    let named = cx.view.all::<Region>().map(|region| region.name.to_string());
    let mut regions: Vec<_> =
        named.map(|region_name| RegionShown { region_name, region_opt_status: STATUS }).collect();
    regions.sort_by(|left, right| left.region_name.cmp(&right.region_name));
    regions
}
