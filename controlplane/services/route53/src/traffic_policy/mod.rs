//! A traffic policy: a graph of routing rules and endpoints, written as a document, in numbered versions.
//!
//! A policy answers nothing by itself; instances make record sets of one of its versions. Numbers of versions are never used
//! again, and deleted versions stay readable by id and number, as with AWS: whoever kept a reference can look up what it meant.
//! A policy whose last version is deleted is gone from listings, and its name is free.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html>

mod columns;
pub mod document;
pub mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use types::{TrafficPolicy, TrafficPolicyShown, TrafficPolicyVersion};
