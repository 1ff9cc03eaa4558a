//! Actions on tags, a family each.

pub mod list_tags;
pub mod tag;
pub mod untag;
