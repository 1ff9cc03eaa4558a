//! Users: people and programs of an account, with keys of their own.
//!
//! A user is renamed in place: who he is stands in his unique id, and his keys and groups go along.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users.html>

mod columns;
mod manifest;
pub mod ops;
mod shown;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub(crate) use shown::UserShown;
pub use types::{BY_GROUP, User};
pub(crate) use validate::{Asker, asker};
