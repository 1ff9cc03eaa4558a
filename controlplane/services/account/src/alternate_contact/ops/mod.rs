//! Actions, one each.

pub mod delete_alternate_contact;
pub mod get_alternate_contact;
pub mod put_alternate_contact;
