//! A resource record set: name, type, values, and the policy that decides when it is the answer.
//!
//! Identity is (name, type, set identifier); the id of the record puts them in Route 53's listing order. Changes come in
//! batches: all of a batch or nothing, every problem told at once.
//!
//! Served: simple, weighted, failover and multivalue. Other policies and aliases are refused by name.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/rrsets-working-with.html>

mod batch;
mod columns;
mod manifest;
pub mod ops;
mod types;
mod validate;
mod wire;

#[cfg(test)]
pub(crate) mod tests;

pub use batch::{Action, RequestedChange, apply_batch};
pub(crate) use types::IN_ZONE;
pub use types::{Content, Policy, RecordSet};
pub use wire::{ResourceRecord, ResourceRecordSet};
