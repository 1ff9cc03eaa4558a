//! Actions on hosted zones.

pub mod create_hosted_zone;
pub mod delete_hosted_zone;
pub mod get_hosted_zone;
pub mod get_hosted_zone_count;
pub mod list_hosted_zones;
pub mod list_hosted_zones_by_name;
pub mod update_hosted_zone_comment;
