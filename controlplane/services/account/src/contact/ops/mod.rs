//! Actions, one each.

pub mod get_contact_information;
pub mod put_contact_information;
