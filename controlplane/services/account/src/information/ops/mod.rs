//! Actions, one each.

pub mod get_account_information;
pub mod put_account_name;
