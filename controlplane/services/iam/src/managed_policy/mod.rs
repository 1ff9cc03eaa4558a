//! Managed policies: documents with versions, attached to any number of users, groups and roles.
//!
//! One version is in force; what it says counts for the next request. AWS's own ([`of_aws()`]) are looked up by the same
//! ARNs, but nobody changes them.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html>

mod columns;
mod known;
mod manifest;
mod of_aws;
pub mod ops;
mod shown;
mod types;
mod usage;

#[cfg(test)]
mod tests;

pub(crate) use known::{Known, lookup, text};
pub use of_aws::{ALL, AWS, OfAws, of_aws};
pub(crate) use shown::{PolicyShown, VersionShown};
pub use types::{ManagedPolicy, Version};
pub(crate) use usage::{Purpose, Usage};
