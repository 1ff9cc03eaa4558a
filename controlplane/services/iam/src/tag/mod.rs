//! Tags of users, roles, instance profiles and managed policies; groups have none. They are part of the record.

pub mod ops;
mod tagged;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use tagged::TAGGED;
pub(crate) use types::shown;
pub use types::{Tag, Tagged};
pub(crate) use validate::given;
