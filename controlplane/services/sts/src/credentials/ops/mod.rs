//! One file per action.

pub(crate) mod assume_role;
pub(crate) mod assume_role_with_web_identity;
pub(crate) mod get_access_key_info;
pub(crate) mod get_federation_token;
pub(crate) mod get_session_token;
