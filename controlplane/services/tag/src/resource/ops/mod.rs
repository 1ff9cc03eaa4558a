//! Actions, one each.

pub mod get_resources;
pub mod get_tag_keys;
pub mod get_tag_values;
pub mod tag_resources;
pub mod untag_resources;
