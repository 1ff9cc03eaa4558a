//! Where a record lives: account / region-or-global / kind / id.
//!
//! A key is one shared string, so cloning costs a reference count and comparing is a byte comparison.
//! Ids may hold any character, `/` included: only the first three separators count. Accounts, scopes and
//! kinds never hold one.

use crate::{AccountId, RegionName};
use std::fmt;
use std::sync::Arc;

/// The second part of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A record of one region.
    Region(RegionName),
    /// A record of the whole account (hosted zones, users).
    Global,
}

impl Scope {
    /// The text form inside a key.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Region(region) => region.as_str(),
            Self::Global => "global",
        }
    }
}

impl From<&RegionName> for Scope {
    fn from(region: &RegionName) -> Self {
        Self::Region(region.clone())
    }
}

/// The address of one record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<str>);

impl Key {
    /// Builds a key from its parts.
    pub fn new(account: &AccountId, scope: &Scope, kind: &str, id: &str) -> Self {
        debug_assert!(!account.0.contains('/') && !scope.as_str().contains('/') && !kind.contains('/'));
        Self(format!("{account}/{}/{kind}/{id}", scope.as_str()).into())
    }

    /// Reads the text form; `None` unless it has four parts.
    pub fn parse(text: &str) -> Option<Self> {
        (text.splitn(4, '/').count() == 4).then(|| Self(text.into()))
    }

    /// What every key of `kind` in this account and scope starts with.
    pub fn prefix(account: &AccountId, scope: &Scope, kind: &str) -> String {
        format!("{account}/{}/{kind}/", scope.as_str())
    }

    /// A place among keys where a scan begins; it need not be a whole key.
    pub fn position(text: &str) -> Self {
        Self(text.into())
    }

    /// The text form, which is also the key in the store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(4, '/').nth(index).unwrap_or_default()
    }

    /// The owning account.
    pub fn account(&self) -> AccountId {
        AccountId(self.part(0).to_owned())
    }

    /// Region or global.
    pub fn scope(&self) -> Scope {
        match self.part(1) {
            "global" => Scope::Global,
            region => Scope::Region(RegionName(region.to_owned())),
        }
    }

    /// The record's kind.
    pub fn kind(&self) -> &str {
        self.part(2)
    }

    /// The id, unique within account, scope and kind.
    pub fn id(&self) -> &str {
        self.part(3)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_three_separators_count() {
        let key =
            Key::new(&"123456789012".into(), &Scope::Global, "record_set", "Z1/com.example/A/blue/green");
        assert_eq!(key.kind(), "record_set");
        assert_eq!(key.id(), "Z1/com.example/A/blue/green");
        assert_eq!(key.scope(), Scope::Global);
        assert_eq!(Key::parse(key.as_str()), Some(key));
        assert_eq!(Key::parse("a/b/c"), None);
    }
}
