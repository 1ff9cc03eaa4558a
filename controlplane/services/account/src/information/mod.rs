//! What an account is called. One that nobody has named is called by its id, since AWS's accounts all have a name.
//!
//! <https://docs.aws.amazon.com/accounts/latest/reference/API_GetAccountInformation.html>

pub mod ops;
mod types;

pub use types::AccountInformation;
