//! Zones as the feed brings them: the door where messages become our own types, with every check in it.
//!
//! A message that cannot be placed (wrong position, unknown zone, a name that is none) is refused whole and the
//! feed starts over with a snapshot. A *record set* whose values this version cannot read is different: it is left
//! out, loudly, because one set written by a newer control plane must not keep every other change of every zone
//! from being served.

mod journal;
mod record_set;
mod rendered;
mod signing;
mod store;

pub use journal::{Journal, JournalError};
pub use record_set::{Content, Policy, RecordSet, SetError};
pub use rendered::{MAX_VALUES, RenderError, Rendered, RenderedRecord};
pub use signing::{Signing, SigningError};
pub use store::{Changes, FeedError, Position, Store};

use controlplane_proto::dns as proto;
use controlplane_types::dns::{Name, RecordType};
use record_set::read_set;
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

    /// Whether this name lies below `ancestor`.
    pub fn is_below(&self, ancestor: &TreeKey) -> bool {
        self.0.len() > ancestor.0.len() && self.0.starts_with(&ancestor.0)
    }
}

/// What makes a set of a name unique: type and `SetIdentifier`.
pub type SetKey = (RecordType, String);

/// The sets of one name: the message as it came (what the disk keeps), and the set made of it unless its values
/// could not be read.
pub type NodeSets = BTreeMap<SetKey, (proto::RecordSet, Option<RecordSet>)>;

/// A hosted zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// The zone's name.
    pub name: Name,
    /// Every name with sets.
    pub nodes: BTreeMap<TreeKey, (Name, Sets)>,
    /// With what it is signed, if it is.
    pub signing: Option<Arc<Signing>>,
}

/// The sets of one name; equal when the messages are.
#[derive(Clone, Debug, Default)]
pub struct Sets(pub NodeSets);

impl PartialEq for Sets {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(mine, theirs)| mine.0 == theirs.0 && mine.1.0 == theirs.1.0)
    }
}

impl Zone {
    /// An empty zone.
    pub fn new(name: Name) -> Self {
        Self { name, nodes: BTreeMap::new(), signing: None }
    }

    /// Whether `name` exists: it has sets, or something below it has (RFC 8020).
    pub fn exists(&self, name: &Name) -> bool {
        let key = TreeKey::new(name);
        let found = self.nodes.range(key.clone()..).next();
        *name == self.name || found.is_some_and(|(next, _)| *next == key || next.is_below(&key))
    }

    /// The readable sets of `name`, by type and identifier.
    pub fn sets(&self, name: &Name) -> impl Iterator<Item = (&SetKey, &RecordSet)> {
        let node = self.nodes.get(&TreeKey::new(name));
        node.into_iter()
            .flat_map(|(_, sets)| &sets.0)
            .filter_map(|(key, (_, set))| Some((key, set.as_ref()?)))
    }
}

#[cfg(test)]
pub(crate) mod tests;
