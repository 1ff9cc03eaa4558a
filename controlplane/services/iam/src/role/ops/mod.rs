//! Actions on roles.

pub mod create_role;
pub mod delete_role;
pub mod get_role;
pub mod list_roles;
pub mod update_assume_role_policy;
pub mod update_role;
pub mod update_role_description;
