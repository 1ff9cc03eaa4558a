//! Actions on traffic policy instances.

pub mod create_traffic_policy_instance;
pub mod delete_traffic_policy_instance;
pub mod get_traffic_policy_instance;
pub mod get_traffic_policy_instance_count;
pub mod list_traffic_policy_instances;
pub mod list_traffic_policy_instances_by_hosted_zone;
pub mod list_traffic_policy_instances_by_policy;
pub mod update_traffic_policy_instance;
