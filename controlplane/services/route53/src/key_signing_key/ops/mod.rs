//! Actions on key-signing keys.

pub mod activate_key_signing_key;
pub mod create_key_signing_key;
pub mod deactivate_key_signing_key;
pub mod delete_key_signing_key;
