//! What we decided beside the published model, in `models/neutral/<service>.json`.
//!
//! A member we do not serve is refused when it is present, because ignoring it would be a lie. Some clients always
//! send such members with the value that means "leave it as it is" (`DryRun=false`); the overlay lists these
//! values, so that such a request passes. It also opens enums where Hearth has more values than AWS (instance
//! types), names members of our Input types that only manifests carry, and says which services AWS lets the pages of browsers call.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The overlay of one service.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Overlay {
    /// `Operation.Member`, `Shape.Member` or `*.Member` to the values that change nothing.
    neutral: BTreeMap<String, Vec<Neutral>>,
    /// Pages of any origin may call the service and read its answers, as AWS has it; the models do not say.
    #[serde(default)]
    cors: bool,
    /// Its requests may have bodies in pieces (`aws-chunked`), as only those of S3 and its like may with AWS.
    #[serde(default)]
    chunked_bodies: bool,
    /// Enums whose values are not checked.
    #[serde(default)]
    open_enums: BTreeSet<String>,
    /// `Operation.Member` or `Shape.Member` that no AWS client can send.
    #[serde(default)]
    extensions: BTreeSet<String>,
}

/// A value that changes nothing, as the text of a scalar, the items of a list or the members of a structure.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Neutral {
    /// A scalar's text.
    Text(String),
    /// A list's items.
    List(Vec<Neutral>),
    /// A structure's members by documented name.
    Structure(BTreeMap<String, Neutral>),
}

impl Overlay {
    /// Whether bodies may come in pieces.
    pub(super) fn takes_chunks(&self) -> bool {
        self.chunked_bodies
    }

    /// Whether pages of any origin may call the service.
    pub(super) fn is_for_any_origin(&self) -> bool {
        self.cors
    }

    /// Whether the enum's values go unchecked.
    pub(super) fn is_open(&self, shape: &str) -> bool {
        self.open_enums.contains(shape)
    }

    /// The neutral values of `owner.member`, where owner is a shape, an operation or `*`.
    pub(crate) fn neutral(&self, owner: &str, member: &str) -> &[Neutral] {
        self.neutral.get(&format!("{owner}.{member}")).map_or(&[], Vec::as_slice)
    }

    /// Whether `owner.member` is Hearth's own.
    pub(crate) fn is_extension(&self, owner: &str, member: &str) -> bool {
        self.extensions.contains(&format!("{owner}.{member}"))
    }

    /// Every `owner.member` named, for the test that they exist.
    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.neutral.keys().map(String::as_str)
    }

    /// Every enum named, for the test that they exist.
    #[cfg(test)]
    pub(crate) fn open_enums(&self) -> impl Iterator<Item = &str> {
        self.open_enums.iter().map(String::as_str)
    }
}
