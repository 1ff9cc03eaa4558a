//! Groups: users who may the same. A user says which groups he is in; a group is nobody himself and has no keys.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html>

mod columns;
mod manifest;
pub mod ops;
mod shown;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use shown::GroupShown;
pub use types::Group;
