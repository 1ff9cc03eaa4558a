//! Instance profiles: what an instance is launched with to get a role's credentials.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html>

mod columns;
mod manifest;
pub mod ops;
mod shown;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use shown::InstanceProfileShown;
pub use types::{BY_ROLE, InstanceProfile};
