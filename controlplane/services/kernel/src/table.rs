//! What `get` and `describe` show of a kind. The server computes rows; the command line knows no kind.

use crate::{Reader, Record};
use serde_json::Value;

/// A column of `get`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Heading, upper case.
    pub name: &'static str,
    /// Only with `-o wide`.
    pub wide: bool,
}

impl Column {
    /// Always shown.
    pub const fn new(name: &'static str) -> Self {
        Self { name, wide: false }
    }

    /// Shown with `-o wide`.
    pub const fn wide(name: &'static str) -> Self {
        Self { name, wide: true }
    }
}

/// Where a record stands in the tree of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Kind of the owner.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

impl Owner {
    /// The record of kind `R` with this id.
    pub fn of<R: Record>(id: &str) -> Self {
        Self { kind: R::KIND, id: id.to_owned() }
    }
}

/// A kind people look at.
pub trait Tabular: Record {
    /// Plural of [`Record::KIND`].
    const PLURAL: &'static str;
    /// Abbreviations for the command line.
    const SHORT_NAMES: &'static [&'static str] = &[];

    /// Headings. `NAME` and `ID` lead where the kind has them.
    fn columns() -> &'static [Column];

    /// One cell per column.
    fn cells(&self, id: &str, reader: &Reader) -> Vec<String>;

    /// The name people gave it (its Name tag or own name), empty for none.
    fn name(&self, id: &str) -> String {
        let _ = id;
        String::new()
    }

    /// The record it is a part of or was made by, which people look for it under: its group, its subnet, its zone.
    fn owner(&self, reader: &Reader) -> Option<Owner> {
        let _ = reader;
        None
    }

    /// The desired part as a manifest would say it, camelCase; null for kinds nobody declares.
    fn spec(&self, id: &str, reader: &Reader) -> Value {
        let _ = (id, reader);
        Value::Null
    }

    /// The observed part, camelCase. `wait --for` looks here.
    fn status(&self, id: &str, reader: &Reader) -> Value;
}
