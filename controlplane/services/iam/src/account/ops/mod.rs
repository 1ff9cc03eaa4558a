//! Actions on the account.

pub mod get_account_summary;
