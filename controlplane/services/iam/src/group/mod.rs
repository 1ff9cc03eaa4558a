//! Groups: users who may the same.

mod types;

pub use types::Group;
