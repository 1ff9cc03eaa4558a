//! What a user, group or role may: managed policies attached to it, inline policies of its own, and a boundary.
//!
//! The actions on them are the same for all three ([`crate::actions`]), so they are here and not with each.

pub mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use types::{BY_ATTACHED, BY_BOUNDARY, Permissions, Principal};
pub(crate) use validate::{Boundary, boundary};
