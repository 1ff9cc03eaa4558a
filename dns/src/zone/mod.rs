//! Zones as the feed brings them: the door where messages become our own types, with every check in it.
//!
//! A message that cannot be placed (wrong position, unknown zone, a name that is none) is refused whole and the
//! feed starts over with a snapshot. A *record set* whose values this version cannot read is different: it is left
//! out, loudly, because one set written by a newer control plane must not keep every other change of every zone
//! from being served.

mod journal;
mod record_set;
mod rendered;
mod sets;
mod signing;
mod store;

pub use journal::{Journal, JournalError, snapshot_of};
pub use record_set::{Content, Policy, RecordSet, SetError};
pub use rendered::{MAX_VALUES, RenderError, Rendered, RenderedRecord};
pub use sets::Sets;
pub use signing::{Signing, SigningError};
pub use store::{Changes, FeedError, Position, Store};

use controlplane_proto::dns as proto;
use controlplane_types::dns::{Name, RecordType};
use record_set::read_set;
use sets::key_of;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Labels root first, each behind its length: all that lies below a name follows it directly, so "does anything
/// exist below?" is one look at a sorted map.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeKey(Box<[u8]>);

impl TreeKey {
    /// The place of `name` in the tree.
    pub fn new(name: &Name) -> Self {
        let mut octets = Vec::with_capacity(name.as_wire().len());
        for label in name.labels().rev() {
            octets.push(label.len() as u8);
            octets.extend_from_slice(label);
        }
        Self(octets.into())
    }

    /// The name with this place.
    pub fn name(&self) -> Option<Name> {
        let mut labels = Vec::new();
        let mut rest = &*self.0;
        while let [len, after @ ..] = rest {
            let (label, after) = after.split_at_checked(usize::from(*len))?;
            labels.push(label);
            rest = after;
        }
        let mut wire = Vec::with_capacity(self.0.len() + 1);
        for label in labels.into_iter().rev() {
            wire.push(label.len() as u8);
            wire.extend_from_slice(label);
        }
        wire.push(0);
        Name::from_wire(&wire).ok()
    }

    /// Whether this name lies below `ancestor`.
    pub fn is_below(&self, ancestor: &TreeKey) -> bool {
        self.0.len() > ancestor.0.len() && self.0.starts_with(&ancestor.0)
    }
}

/// What makes a set of a name unique: type and `SetIdentifier`.
pub type SetKey = (RecordType, String);

/// A hosted zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// The zone's name.
    pub name: Name,
    /// Every name with sets.
    pub nodes: BTreeMap<TreeKey, Sets>,
    /// With what it is signed, if it is.
    pub signing: Option<Arc<Signing>>,
    /// Rises (RFC 1982) with every change of the sets; 0 if that was not said.
    pub serial: u32,
}

impl Zone {
    /// An empty zone.
    pub fn new(name: Name) -> Self {
        Self { name, nodes: BTreeMap::new(), signing: None, serial: 0 }
    }

    /// Whether `name` exists: it has sets, or something below it has (RFC 8020).
    pub fn exists(&self, name: &Name) -> bool {
        let key = TreeKey::new(name);
        let found = self.nodes.range(key.clone()..).next();
        *name == self.name || found.is_some_and(|(next, _)| *next == key || next.is_below(&key))
    }

    /// Every name with sets.
    pub fn names(&self) -> impl Iterator<Item = Name> {
        self.nodes.keys().filter_map(TreeKey::name)
    }

    /// The readable sets of `name`, by type and identifier.
    pub fn sets(&self, name: &Name) -> impl Iterator<Item = (SetKey, RecordSet)> {
        self.read(name, |_| true)
    }

    /// Those of them that are aliases.
    pub fn aliases(&self, name: &Name) -> impl Iterator<Item = (SetKey, RecordSet)> {
        self.read(name, |set| set.alias.is_some())
    }

    fn read(
        &self,
        name: &Name,
        wanted: impl Fn(&proto::RecordSet) -> bool,
    ) -> impl Iterator<Item = (SetKey, RecordSet)> {
        let sets = self.nodes.get(&TreeKey::new(name)).into_iter().flat_map(Sets::iter);
        sets.filter(wanted).filter_map(|set| {
            let key = key_of(&set)?;
            let read = read_set(&set, key.0, &self.name).ok()?;
            Some((key, read))
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
