//! Taints, which keep requests off a node, and tolerations, which let a request pass.
//!
//! Written as kubectl writes them, `KEY=VALUE:EFFECT` or `KEY:EFFECT`, because that is what people know. Of its three
//! effects the soft one (`PreferNoSchedule`) is missing: a preference is a score, and nobody could tell whether it did
//! anything.

use std::fmt;
use std::str::FromStr;

/// Characters of a key or a value.
const MOST: usize = 63;

/// What a taint does to what does not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing new comes.
    NoSchedule,
    /// Nothing new comes, and what is there leaves.
    NoExecute,
}

/// Keeps off a node whatever does not tolerate it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taint {
    /// What it is about, such as `dedicated`.
    pub key: String,
    /// May be empty.
    pub value: String,
    /// What it does.
    pub effect: Effect,
}

/// Lets a request pass some taints. What is `None` passes any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toleration {
    /// Taints of this key.
    pub key: Option<String>,
    /// Taints with this value.
    pub value: Option<String>,
    /// Taints of this effect.
    pub effect: Option<Effect>,
}

/// Why a text is no taint, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaintError(String);

impl Effect {
    /// Every effect.
    pub const ALL: [Self; 2] = [Self::NoSchedule, Self::NoExecute];

    /// `NoSchedule` or `NoExecute`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }
}

impl Taint {
    /// A taint of this key and effect; a node has at most one.
    pub fn is_in_place_of(&self, other: &Self) -> bool {
        self.key == other.key && self.effect == other.effect
    }
}

impl Toleration {
    /// Whether `taint` is passed.
    pub fn passes(&self, taint: &Taint) -> bool {
        self.key.as_ref().is_none_or(|key| *key == taint.key)
            && self.value.as_ref().is_none_or(|value| *value == taint.value)
            && self.effect.is_none_or(|effect| effect == taint.effect)
    }
}

/// The taints that none of `tolerations` passes.
pub fn untolerated<'t>(taints: &'t [Taint], tolerations: &[Toleration]) -> impl Iterator<Item = &'t Taint> {
    taints.iter().filter(|taint| tolerations.iter().all(|toleration| !toleration.passes(taint)))
}

/// Whether `text` may be a key of a label or a taint.
pub fn check_key(text: &str) -> Result<(), TaintError> {
    let edge = |c: char| c.is_ascii_alphanumeric();
    let inner = |c: char| edge(c) || "-_./".contains(c);
    if text.starts_with(edge) && text.ends_with(edge) && text.chars().all(inner) && text.len() <= MOST {
        return Ok(());
    }
    Err(TaintError(format!(
        "invalid key {text:?}: it must begin and end with a letter or digit, and have up to {MOST} letters, digits, '-', \
         '_', '.' and '/'"
    )))
}

/// Whether `text` may be a value of a label or a taint.
pub fn check_value(text: &str) -> Result<(), TaintError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.chars().all(fine) && text.len() <= MOST {
        return Ok(());
    }
    Err(TaintError(format!(
        "invalid value {text:?}: it may have up to {MOST} letters, digits, '-', '_' and '.'"
    )))
}

impl FromStr for Effect {
    type Err = TaintError;

    fn from_str(text: &str) -> Result<Self, TaintError> {
        let found = Self::ALL.into_iter().find(|effect| effect.as_str() == text);
        found.ok_or_else(|| {
            TaintError(format!("invalid taint effect {text:?}: it is neither NoSchedule nor NoExecute"))
        })
    }
}

impl FromStr for Taint {
    type Err = TaintError;

    fn from_str(text: &str) -> Result<Self, TaintError> {
        let unknown = || TaintError(format!("invalid taint spec {text:?}: it is not KEY[=VALUE]:EFFECT"));
        let (name, effect) = text.rsplit_once(':').ok_or_else(unknown)?;
        let (key, value) = name.split_once('=').unwrap_or((name, ""));
        check_key(key)?;
        check_value(value)?;
        Ok(Self { key: key.to_owned(), value: value.to_owned(), effect: effect.parse()? })
    }
}

impl fmt::Display for Taint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let equals = if self.value.is_empty() { "" } else { "=" };
        write!(f, "{}{equals}{}:{}", self.key, self.value, self.effect.as_str())
    }
}

impl fmt::Display for TaintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TaintError {}
