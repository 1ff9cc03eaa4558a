//! Whom else to write to: one contact each for billing, operations and security.
//!
//! <https://docs.aws.amazon.com/accounts/latest/reference/API_AlternateContact.html>

pub mod ops;
mod types;

pub use types::AlternateContact;
