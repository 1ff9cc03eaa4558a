//! Actions on CIDR collections.

pub mod change_cidr_collection;
pub mod create_cidr_collection;
pub mod delete_cidr_collection;
pub mod list_cidr_blocks;
pub mod list_cidr_collections;
pub mod list_cidr_locations;
