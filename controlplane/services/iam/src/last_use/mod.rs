//! When access keys and roles were last used: the one thing here that requests change which do not ask for it.
//!
//! Each server of the cluster notes whom it has recognised and has the leader write it down once in a while
//! (`controlplane/design/0078-uses-are-noted-where-they-are-met.md`); a record goes with its key or role. A use is good to the minute.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html>

pub mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use types::{Credential, LastUse, Use};
