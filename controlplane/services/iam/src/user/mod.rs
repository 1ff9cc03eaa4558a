//! Users: people and programs of an account, with keys of their own.

mod types;

pub use types::{BY_GROUP, User};
