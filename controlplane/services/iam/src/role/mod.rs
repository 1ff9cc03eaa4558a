//! Roles: what somebody may while he acts as one. Who may is said by the role's trust policy; acting begins with `sts:AssumeRole`.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html>

mod columns;
mod manifest;
pub mod ops;
mod shown;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub(crate) use shown::RoleShown;
pub use types::Role;
