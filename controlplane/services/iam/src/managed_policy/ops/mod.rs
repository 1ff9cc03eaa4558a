//! Actions on managed policies.

pub mod create_policy;
pub mod create_policy_version;
pub mod delete_policy;
pub mod delete_policy_version;
pub mod get_policy;
pub mod get_policy_version;
pub mod list_entities_for_policy;
pub mod list_policies;
pub mod list_policy_versions;
pub mod set_default_policy_version;
