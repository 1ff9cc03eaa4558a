//! Actions on protections.

pub mod create_resource_record_set_protections;
pub mod delete_resource_record_set_protections;
pub mod list_resource_record_set_protections;
