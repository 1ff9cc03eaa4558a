//! Tags of hosted zones and health checks: one record per tagged resource, beside the resource.
//!
//! They are not part of the resource's record, because DNS servers are told of every change of a zone or a check and tags
//! are none of their business. The resource's own delete action forgets them.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeTagsForResource.html>

mod declared;
pub mod ops;
mod tagged;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub(crate) use declared::{map, redeclare};
pub use tagged::TAGGED;
pub use types::{ResourceTagSet, ResourceTags, ResourceType, Tag, forget};
