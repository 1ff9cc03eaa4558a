//! The declarative door: manifests become the same operations on the same records as AWS calls.
//!
//! A document names a kind, a name and a spec. The spec uses the AWS API's field names in camelCase; where AWS wants the
//! id of another record, the spec may give the name of another document instead. [`apply`](apply::apply) runs a
//! whole set on one scratch view: all of it becomes true or nothing does.

mod applied;
pub mod apply;
mod declarative;
mod document;
pub mod explain;
mod merge;
pub mod prune;
mod reference;
mod selector;

#[cfg(test)]
mod tests;

pub use applied::{Applied, forget};
pub use declarative::{Declarative, DeclarativeEntry, Deletion};
pub use document::{Document, kind_matches, parse};
pub use merge::Join;
pub use reference::Reference;
pub use selector::Selector;

use crate::ServiceError;

/// The error of a manifest that cannot be right.
pub fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidManifest", 400, message)
}
