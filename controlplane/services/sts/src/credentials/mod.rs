//! Temporary credentials: a role's, a user's own, somebody's whom a user vouches for.

mod begin;
mod ops;
mod shapes;
#[cfg(test)]
pub(crate) mod tests;
mod trust;
mod within;

use std::collections::BTreeMap;

/// Tags of a session.
pub(crate) type Tags = BTreeMap<String, String>;

pub(crate) use ops::{
    assume_role, assume_role_with_web_identity, get_access_key_info, get_federation_token, get_session_token,
};
