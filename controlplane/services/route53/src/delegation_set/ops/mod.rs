//! Actions on reusable delegation sets.

pub mod create_reusable_delegation_set;
pub mod delete_reusable_delegation_set;
pub mod get_reusable_delegation_set;
pub mod list_reusable_delegation_sets;
