//! Temporary credentials: a role's, a user's own, somebody's whom a user vouches for.

mod ops;
mod shapes;
#[cfg(test)]
pub(crate) mod tests;
mod trust;
mod within;

pub(crate) use ops::{assume_role, get_access_key_info, get_federation_token, get_session_token};
