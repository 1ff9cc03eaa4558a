//! Actions on traffic policies.

pub mod create_traffic_policy;
pub mod create_traffic_policy_version;
pub mod delete_traffic_policy;
pub mod get_traffic_policy;
pub mod list_traffic_policies;
pub mod list_traffic_policy_versions;
pub mod update_traffic_policy_comment;
