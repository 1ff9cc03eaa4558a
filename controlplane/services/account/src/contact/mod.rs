//! Whom to write to about an account. There is none until somebody says it; a new one takes the place of the old one whole.
//!
//! <https://docs.aws.amazon.com/accounts/latest/reference/API_PutContactInformation.html>

pub mod ops;
mod types;

pub use types::ContactInformation;
