//! A protection of record sets: while there is one for a name and type, no change batch touches sets of that name and type.
//!
//! It is a record beside the sets and not a flag on them, because what does not exist can be protected too, and then cannot be
//! created. What a traffic policy instance does to its own sets is no change batch.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateResourceRecordSetProtections.html>

mod entries;
pub mod ops;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use types::problem_with_protection;
pub use types::{ProtectionShown, RecordSetProtection};
