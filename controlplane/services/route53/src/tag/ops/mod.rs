//! Actions on tags.

pub mod change_tags_for_resource;
pub mod list_tags_for_resource;
pub mod list_tags_for_resources;
