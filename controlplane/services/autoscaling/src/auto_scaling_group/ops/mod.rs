//! Actions on groups.

pub mod create_auto_scaling_group;
pub mod delete_auto_scaling_group;
pub mod describe_auto_scaling_groups;
pub mod describe_auto_scaling_instances;
pub mod disable_metrics_collection;
pub mod scale_group;
pub mod set_desired_capacity;
pub mod set_instance_health;
pub(crate) mod shown;
pub mod terminate_instance_in_auto_scaling_group;
pub mod update_auto_scaling_group;
