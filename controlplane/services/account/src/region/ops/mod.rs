//! Actions, one each.

pub mod get_region_opt_status;
pub mod list_regions;
