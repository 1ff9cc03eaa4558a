//! Packet filters as values: what a table holds, how it becomes a transaction, how it is read back.
//!
//! Rules are written in nft's own language and read back as its JSON. Written as JSON a rule is thirty lines of
//! nested objects that nobody can check by eye, and the two forms go through the same parser in the end. Each rule
//! carries a digest of its text as its comment: nft prints rules differently from how they were written, so
//! comparing digests is what tells whether a chain is still ours.

pub(super) mod host;
pub(super) mod nft;
mod read;
mod transaction;
pub(super) mod vpc;

pub(super) use transaction::Transaction;

use super::names;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// All tables of ours in a namespace.
pub(super) type Ruleset = BTreeMap<TableName, Table>;

/// Which packets a table sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    /// IPv4 and IPv6.
    Inet,
    /// Frames as they arrive at one device.
    Netdev,
}

/// A table's full name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TableName {
    pub(super) family: Family,
    pub(super) name: String,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    pub(super) sets: BTreeMap<String, Set>,
    pub(super) chains: BTreeMap<String, Chain>,
}

/// A set, or a map if it has a `value`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set {
    /// The key's types, concatenated.
    pub(super) key: Vec<String>,
    /// What a map maps to.
    pub(super) value: Option<String>,
    /// Whether elements may be ranges.
    pub(super) interval: bool,
    /// In nft's notation, `80-90` for ranges and `10.0.0.0/8` wherever a range is a prefix.
    pub(super) elements: BTreeSet<String>,
}

/// A chain; with a `base` the kernel calls it, without one only other chains do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) base: Option<Base>,
    pub(super) rules: Vec<Rule>,
}

/// Where the kernel calls a chain.
#[derive(Clone, Debug, Eq)]
pub(super) struct Base {
    pub(super) kind: String,
    pub(super) hook: String,
    pub(super) priority: i64,
    pub(super) policy: String,
    /// Not printed by every nft, therefore not compared; chains of different devices have different names.
    pub(super) device: Option<String>,
}

/// One rule, known by its digest once it has been read back.
#[derive(Clone, Debug, Eq)]
pub(super) struct Rule {
    digest: String,
    text: String,
}

impl Rule {
    pub(super) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { digest: format!("{:016x}", names::hash(&text)), text }
    }

    /// One that was found; a rule without a comment is nobody's.
    fn found(comment: Option<&str>) -> Self {
        Self { digest: comment.unwrap_or_default().to_owned(), text: String::new() }
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl PartialEq for Base {
    fn eq(&self, other: &Self) -> bool {
        (&self.kind, &self.hook, self.priority, &self.policy)
            == (&other.kind, &other.hook, other.priority, &other.policy)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} comment \"{}\"", self.text, self.digest)
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family.word(), self.name)
    }
}

impl Family {
    fn word(self) -> &'static str {
        match self {
            Family::Inet => "inet",
            Family::Netdev => "netdev",
        }
    }

    /// NFPROTO_* of linux/netfilter.h.
    fn number(self) -> u8 {
        match self {
            Family::Inet => 1,
            Family::Netdev => 5,
        }
    }
}

impl TableName {
    pub(super) fn inet(name: impl Into<String>) -> Self {
        Self { family: Family::Inet, name: name.into() }
    }

    pub(super) fn netdev(name: impl Into<String>) -> Self {
        Self { family: Family::Netdev, name: name.into() }
    }
}

impl Set {
    pub(super) fn of(key: &[&str]) -> Self {
        Self { key: key.iter().map(|&part| part.to_owned()).collect(), ..Self::default() }
    }

    pub(super) fn map(key: &str, value: &str) -> Self {
        Self { value: Some(value.to_owned()), ..Self::of(&[key]) }
    }

    pub(super) fn intervals(key: &[&str]) -> Self {
        Self { interval: true, ..Self::of(key) }
    }

    pub(super) fn with(mut self, elements: impl IntoIterator<Item = String>) -> Self {
        self.elements.extend(elements);
        self
    }

    fn same_type(&self, other: &Self) -> bool {
        (&self.key, &self.value, self.interval) == (&other.key, &other.value, other.interval)
    }
}

impl Chain {
    pub(super) fn of<R: Into<String>>(rules: impl IntoIterator<Item = R>) -> Self {
        Self { base: None, rules: rules.into_iter().map(Rule::new).collect() }
    }

    /// Called by the kernel at `hook`.
    pub(super) fn hooked(mut self, kind: &str, hook: &str, priority: i64, policy: &str) -> Self {
        self.base = Some(Base {
            kind: kind.to_owned(),
            hook: hook.to_owned(),
            priority,
            policy: policy.to_owned(),
            device: None,
        });
        self
    }

    /// Sees the frames that arrive at one device.
    pub(super) fn at_device(self, device: &str) -> Self {
        let mut chain = self.hooked("filter", "ingress", 0, "drop");
        chain.base = chain.base.map(|base| Base { device: Some(device.to_owned()), ..base });
        chain
    }
}
