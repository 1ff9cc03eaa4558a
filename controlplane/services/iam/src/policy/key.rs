//! Names of condition keys: the same however their case, told as they were written.

/// The name of a condition key in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ContextKey {
    written: Box<str>,
    folded: Box<str>,
}

impl ContextKey {
    pub(super) fn new(text: &str) -> Self {
        Self { written: text.into(), folded: text.to_ascii_lowercase().into() }
    }

    /// As the document has it.
    pub(super) fn as_written(&self) -> &str {
        &self.written
    }

    /// What it is looked up by.
    pub(super) fn folded(&self) -> &str {
        &self.folded
    }
}
