//! Actions on keys.

pub mod cancel_key_deletion;
pub mod create_key;
pub mod delete_key;
pub mod describe_key;
pub mod disable_key;
pub mod enable_key;
pub mod get_public_key;
pub mod list_keys;
pub mod schedule_key_deletion;
pub mod sign;
pub mod verify;
