//! What the model says about single values.

use regex::Regex;
use std::sync::OnceLock;

/// Bounds on a number of characters, bytes or items, inclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length {
    /// At least.
    pub min: Option<usize>,
    /// At most.
    pub max: Option<usize>,
}

/// Bounds on a number, inclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Range {
    /// At least.
    pub min: Option<f64>,
    /// At most.
    pub max: Option<f64>,
}

/// Bounds on a text.
#[derive(Debug, Default)]
pub struct TextRule {
    /// Characters.
    pub length: Length,
    /// All allowed values, sorted; empty means any.
    values: Vec<Box<str>>,
    pattern: Option<String>,
    /// Compiled on first use: most patterns are never met, and compiling is dearer than matching.
    compiled: OnceLock<Option<Regex>>,
}

impl TextRule {
    pub(super) fn new(length: Length, mut values: Vec<Box<str>>, pattern: Option<String>) -> Self {
        values.sort();
        Self { length, values, pattern, compiled: OnceLock::new() }
    }

    /// All allowed values, sorted; empty means any.
    pub fn values(&self) -> &[Box<str>] {
        &self.values
    }

    /// AWS's regular expression, which the whole text must match.
    pub fn pattern(&self) -> Option<&str> {
        self.pattern.as_deref()
    }

    /// Whether `text` is one of the allowed values.
    pub fn allows_value(&self, text: &str) -> bool {
        self.values.is_empty() || self.values.binary_search_by(|value| (**value).cmp(text)).is_ok()
    }

    /// Whether the whole of `text` matches the pattern.
    pub fn matches(&self, text: &str) -> bool {
        self.regex().is_none_or(|regex| regex.is_match(text))
    }

    /// A test keeps every pattern in the models compilable, so `None` means there is none.
    fn regex(&self) -> Option<&Regex> {
        let compile =
            || self.pattern.as_ref().and_then(|pattern| Regex::new(&format!("^(?:{pattern})$")).ok());
        self.compiled.get_or_init(compile).as_ref()
    }

    #[cfg(test)]
    pub(crate) fn pattern_compiles(&self) -> bool {
        self.pattern.is_none() || self.regex().is_some()
    }
}
