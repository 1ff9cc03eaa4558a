//! Actions on groups.

pub mod create_auto_scaling_group;
pub mod delete_auto_scaling_group;
pub mod describe_auto_scaling_groups;
pub mod describe_auto_scaling_instances;
pub mod scale_group;
pub mod set_desired_capacity;
pub mod set_instance_health;
mod shown;
pub mod terminate_instance;
pub mod update_auto_scaling_group;
