//! Roles: what somebody may while he acts as one. Who may is said by the role's trust policy; acting begins with `sts:AssumeRole`.

mod types;

pub use types::Role;
