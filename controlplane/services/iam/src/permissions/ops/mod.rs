//! Actions on permissions, a family each.

pub mod attach_policy;
pub mod delete_boundary;
pub mod delete_policy;
pub mod detach_policy;
pub mod get_policy;
pub mod list_attached_policies;
pub mod list_policies;
pub mod put_boundary;
pub mod put_policy;
