//! The declarative door: manifests become the same operations on the same records as AWS calls.
//!
//! A document names a kind, a name and a spec. The spec uses the AWS API's field names in camelCase; where AWS wants the
//! id of another record, the spec may give the name of another document instead. [`apply`](apply::apply) runs a
//! whole set on one scratch view: all of it becomes true or nothing does.

mod applied;
pub mod apply;
mod document;
pub mod prune;
mod reference;

#[cfg(test)]
mod tests;

pub use applied::{Applied, forget};
pub use document::{Document, kind_matches, parse};
pub use reference::Reference;

use crate::{Context, Reader, Record, ServiceError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What deleting a record through this door came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It is gone.
    Done,
    /// A controller will finish it (an instance shuts down first).
    Begun,
}

/// A kind that manifests declare.
pub trait Declarative: Record {
    /// The spec: AWS field names in camelCase. `#[serde(deny_unknown_fields)]`, so a typing error is told.
    type Spec: DeserializeOwned + Serialize;

    /// Fields that hold ids of other records.
    const REFERENCES: &'static [Reference] = &[];

    /// Creates the record and answers its id. References in `spec` are ids by now.
    fn create(name: &str, spec: Self::Spec, cx: &mut Context) -> Result<String, ServiceError>;

    /// Makes the record what `new` says, knowing what the last manifest said. Fields that cannot change are refused.
    fn update(id: &str, old: Self::Spec, new: Self::Spec, cx: &mut Context) -> Result<(), ServiceError>;

    /// Deletes the record, or begins to.
    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError>;

    /// The id of the record whose own name (not tag) is `name`, for kinds that have unique names.
    fn find(name: &str, reader: &Reader) -> Option<String> {
        let _ = (name, reader);
        None
    }
}

/// A [`Declarative`] kind, type erased. Errors name the field.
pub struct DeclarativeEntry {
    /// [`Declarative::REFERENCES`].
    pub references: &'static [Reference],
    /// [`Declarative::create`].
    pub create: fn(&str, &Value, &mut Context) -> Result<String, ServiceError>,
    /// [`Declarative::update`].
    pub update: fn(&str, &Value, &Value, &mut Context) -> Result<(), ServiceError>,
    /// [`Declarative::delete`].
    pub delete: fn(&str, &mut Context) -> Result<Deletion, ServiceError>,
    /// [`Declarative::find`].
    pub find: fn(&str, &Reader) -> Option<String>,
    /// Whether the record `id` exists for the caller.
    pub exists: fn(&str, &Reader) -> bool,
}

impl DeclarativeEntry {
    /// The entry of a kind.
    pub const fn of<D: Declarative>() -> Self {
        Self {
            references: D::REFERENCES,
            create: |name, spec, cx| D::create(name, read_spec::<D>(spec)?, cx),
            update: |id, old, new, cx| D::update(id, read_spec::<D>(old)?, read_spec::<D>(new)?, cx),
            delete: D::delete,
            find: D::find,
            exists: |id, reader| reader.get::<D>(id).is_some(),
        }
    }
}

fn read_spec<D: Declarative>(spec: &Value) -> Result<D::Spec, ServiceError> {
    serde_path_to_error::deserialize(spec).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "spec".to_owned() } else { format!("spec.{path}") };
        invalid(format!("{field}: {}", error.into_inner()))
    })
}

/// The error of a manifest that cannot be right.
pub fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidManifest", 400, message)
}
