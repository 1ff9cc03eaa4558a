//! Instance profiles: what an instance is launched with to get a role's credentials.

mod types;

pub use types::{BY_ROLE, InstanceProfile};
