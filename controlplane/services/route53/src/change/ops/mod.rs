//! Actions on changes.

pub mod confirm_changes;
pub mod forget_changes;
pub mod get_change;
