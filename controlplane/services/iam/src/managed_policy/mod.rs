//! Managed policies: documents with versions, attached to any number of users, groups and roles.

mod of_aws;
mod types;

pub use of_aws::{ALL, AWS, OfAws, of_aws};
pub use types::{ManagedPolicy, Version};
