//! What a kind has to bring along to be declared by manifests, and the same without its type.

use super::merge::{Join, merged, named_in, without_nulls};
use super::{Reference, invalid};
use crate::{Context, Reader, ServiceError, Tabular};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
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

/// A kind that manifests declare. [`Tabular::spec`] is its record in terms of the spec: everything a manifest could have said
/// to get it, in canonical form.
pub trait Declarative: Tabular {
    /// The spec: AWS field names in camelCase. `#[serde(deny_unknown_fields)]`, so a typing error is told. Its doc comments
    /// are what `explain` says.
    type Spec: DeserializeOwned + Serialize + JsonSchema;

    /// Fields that hold ids of other records.
    const REFERENCES: &'static [Reference] = &[];

    /// Fields that cannot change while the record lives.
    const IMMUTABLE: &'static [&'static str] = &[];

    /// Fields that the record does not remember: what the last manifest said counts for what it is.
    const UNREMEMBERED: &'static [&'static str] = &[];

    /// Fields that are merged in a way of their own.
    const JOINS: &'static [Join] = &[];

    /// The spec as [`Tabular::spec`] would write it, as far as that can be known without the record: blocks of addresses
    /// without bits behind the prefix, names with their dot. Two specs that mean the same have to be the same afterwards.
    fn canonical(spec: Self::Spec) -> Result<Self::Spec, ServiceError> {
        Ok(spec)
    }

    /// Creates the record and answers its id. References in `spec` are ids by now.
    fn create(name: &str, spec: Self::Spec, cx: &mut Context) -> Result<String, ServiceError>;

    /// Makes the record, which is as `live` says, what `wanted` says; nothing in [`Self::IMMUTABLE`] differs. A field that
    /// is absent from `wanted` gets its default, where it has one that does not depend on when the record was made.
    fn update(id: &str, live: Self::Spec, wanted: Self::Spec, cx: &mut Context) -> Result<(), ServiceError>;

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
    /// [`Declarative::IMMUTABLE`].
    pub immutable: &'static [&'static str],
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
    /// JSON schema of the spec, without references inside.
    pub schema: fn() -> Value,
    /// The record `id` in terms of the spec.
    pub view: fn(&str, &Reader) -> Option<Value>,
    /// A spec read, made canonical, complete and without nulls.
    complete: fn(&Value) -> Result<Value, ServiceError>,
    unremembered: &'static [&'static str],
    joins: &'static [Join],
}

impl DeclarativeEntry {
    /// The entry of a kind.
    pub const fn of<D: Declarative>() -> Self {
        Self {
            references: D::REFERENCES,
            immutable: D::IMMUTABLE,
            create: |name, spec, cx| D::create(name, read_spec::<D>(spec)?, cx),
            update: |id, live, wanted, cx| D::update(id, read_spec::<D>(live)?, read_spec::<D>(wanted)?, cx),
            delete: D::delete,
            find: D::find,
            exists: |id, reader| reader.get::<D>(id).is_some(),
            schema: schema::<D::Spec>,
            view: |id, reader| reader.get::<D>(id).map(|record| record.spec(id, reader)),
            complete: complete::<D>,
            unremembered: D::UNREMEMBERED,
            joins: D::JOINS,
        }
    }

    /// Brings the record to what `new` says, where the last manifest said `last`. Whether anything had to be written.
    pub(super) fn bring(
        &self,
        id: &str,
        last: &Value,
        new: &Value,
        cx: &mut Context,
    ) -> Result<bool, ServiceError> {
        let (last, new) = (self.declared(last)?, self.declared(new)?);
        let before = self.live(id, cx)?;
        let mut live = before.clone();
        for name in self.unremembered {
            if let (Value::Object(live), Some(said)) = (&mut live, last.get(name)) {
                live.entry(*name).or_insert_with(|| said.clone());
            }
        }
        let mut wanted = (self.complete)(&merged(self.joins, &last, &live, &new))?;
        self.keep_immutable(&live, &mut wanted)?;
        if wanted == live {
            return Ok(false);
        }
        cx.attempt(|cx| {
            (self.update)(id, &live, &wanted, cx).map_err(Some)?;
            // The same said in other words: whatever was written on the way (a version, an event) is taken back.
            if self.live(id, cx).map_err(Some)? == before { Err(None) } else { Ok(true) }
        })
        .or_else(|error| error.map_or(Ok(false), Err))
    }

    /// What a manifest declares, and nothing it does not.
    fn declared(&self, spec: &Value) -> Result<Value, ServiceError> {
        Ok(named_in(self.joins, spec, &(self.complete)(spec)?))
    }

    /// The record in canonical form.
    fn live(&self, id: &str, reader: &Reader) -> Result<Value, ServiceError> {
        let view = (self.view)(id, reader).unwrap_or_default();
        (self.complete)(&view).map_err(|error| {
            ServiceError::internal(format!("{id} cannot be shown as a manifest: {}", error.message))
        })
    }

    /// What cannot change and is not declared stays; what is declared otherwise is refused.
    fn keep_immutable(&self, live: &Value, wanted: &mut Value) -> Result<(), ServiceError> {
        let Value::Object(wanted) = wanted else { return Ok(()) };
        for field in self.immutable {
            match (wanted.get(*field), live.get(*field)) {
                (None, Some(live)) => drop(wanted.insert((*field).to_owned(), live.clone())),
                (wanted, live) if wanted != live => return Err(immutable(field)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn complete<D: Declarative>(spec: &Value) -> Result<Value, ServiceError> {
    let spec = D::canonical(read_spec::<D>(spec)?)?;
    let value = serde_json::to_value(spec)
        .map_err(|error| ServiceError::internal(format!("a spec cannot be written: {error}")))?;
    Ok(without_nulls(value))
}

fn schema<S: JsonSchema>() -> Value {
    let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<S>().into()
}

fn read_spec<D: Declarative>(spec: &Value) -> Result<D::Spec, ServiceError> {
    serde_path_to_error::deserialize(spec).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "spec".to_owned() } else { format!("spec.{path}") };
        invalid(format!("{field}: {}", error.into_inner()))
    })
}

/// A manifest changes what cannot change.
fn immutable(field: &str) -> ServiceError {
    invalid(format!("spec.{field}: cannot be changed after creation"))
        .with_hint("delete the record and apply the manifest again")
}
