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

    /// The desired part as a manifest would say it, camelCase; null for kinds nobody declares.
    fn spec(&self, id: &str, reader: &Reader) -> Value {
        let _ = (id, reader);
        Value::Null
    }

    /// The observed part, camelCase. `wait --for` looks here.
    fn status(&self, id: &str, reader: &Reader) -> Value;
}
