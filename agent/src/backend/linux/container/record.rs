//! The file format shared with `hearth-shim`: `key=value`, each ended by a NUL byte; keys may repeat.

use std::path::Path;
use std::{fs, io};

/// A record that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record(Vec<(String, String)>);

impl Record {
    /// Reads a file; `None` when there is none. What is damaged reads as empty: the shim writes whole files only, so
    /// damage means that the file is not the shim's.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => String::from_utf8_lossy(&other?).into_owned(),
        };
        let pairs = text.split_terminator('\0').filter_map(|field| field.split_once('='));
        Ok(Some(Self(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())))
    }

    /// Adds a pair.
    pub(super) fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.0.push((key.to_owned(), value.to_string()));
        self
    }

    /// Adds a key once per value.
    pub(super) fn with_each<'a>(self, key: &str, values: impl IntoIterator<Item = &'a String>) -> Self {
        values.into_iter().fold(self, |record, value| record.with(key, value))
    }

    /// A value as text.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// A value as a number.
    pub(super) fn number<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.text(key)?.parse().ok()
    }

    /// Replaces a file whole.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let bytes: String = self.0.iter().map(|(key, value)| format!("{key}={value}\0")).collect();
        let aside = path.with_extension("new");
        fs::write(&aside, bytes)?;
        fs::rename(aside, path)
    }

    /// The first key whose value the format cannot hold.
    pub(super) fn unwritable(&self) -> Option<&str> {
        self.0.iter().find(|(_, value)| value.contains('\0')).map(|(key, _)| key.as_str())
    }
}
