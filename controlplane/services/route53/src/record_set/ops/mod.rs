//! Actions on record sets.

pub mod change_resource_record_sets;
pub mod list_resource_record_sets;
