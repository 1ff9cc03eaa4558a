//! Actions on limits.

pub mod get_account_limit;
pub mod get_hosted_zone_limit;
pub mod get_reusable_delegation_set_limit;
