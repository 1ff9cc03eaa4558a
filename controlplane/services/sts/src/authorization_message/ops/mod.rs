//! One file per action.

pub(crate) mod decode_authorization_message;
