//! Zones as the feed brings them: the door where messages become our own types, with every check in it.
//!
//! A message that cannot be placed (wrong position, unknown zone, a name that is none) is refused whole and the
//! feed starts over with a snapshot. A *record set* whose values this version cannot read is different: it is left
//! out, loudly, because one set written by a newer control plane must not keep every other change of every zone
//! from being served.

mod journal;
mod rendered;
mod store;

pub use journal::{Journal, JournalError};
pub use rendered::{MAX_VALUES, RenderError, Rendered, RenderedRecord};
pub use store::{Changes, FeedError, Position, Store};

use controlplane_proto::dns as proto;
use controlplane_types::dns::{Name, RecordType};
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

/// How a group of sets with one name and type answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// All values.
    Simple,
    /// One set, by weight 0 to 255.
    Weighted(u8),
    /// The primary while it is healthy, else the secondary.
    Failover {
        /// Whether this set is the primary.
        primary: bool,
    },
    /// Up to eight healthy sets.
    Multivalue,
}

impl Policy {
    /// Whether two sets may stand in one group.
    pub fn is_like(self, other: Policy) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// A record set, ready to be compiled.
#[derive(Clone, Debug)]
pub struct RecordSet {
    /// How its group answers.
    pub policy: Policy,
    /// The health check that decides on it; without one it is always healthy.
    pub check: Option<Arc<str>>,
    /// Its records.
    pub rendered: Arc<Rendered>,
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
        Self { name, nodes: BTreeMap::new() }
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

/// Why a record set cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// No policy is given.
    #[error("no routing policy is given")]
    NoPolicy,
    /// A weight above 255.
    #[error("weight {0} is above 255")]
    Weight(u32),
    /// Values missing, too many, or one that is no data of the type.
    #[error("its values cannot be served")]
    Values(#[source] RenderError),
}

/// Reads a record set of the feed.
fn read_set(message: &proto::RecordSet, kind: RecordType, apex: &Name) -> Result<RecordSet, SetError> {
    use proto::record_set::Policy as Given;
    let policy = match message.policy.as_ref().ok_or(SetError::NoPolicy)? {
        Given::Simple(_) => Policy::Simple,
        Given::Weighted(weighted) => {
            Policy::Weighted(u8::try_from(weighted.weight).map_err(|_| SetError::Weight(weighted.weight))?)
        }
        Given::Failover(failover) => Policy::Failover { primary: failover.primary },
        Given::Multivalue(_) => Policy::Multivalue,
        Given::Latency(_) | Given::Geolocation(_) | Given::Geoproximity(_) | Given::Cidr(_) => {
            return Err(SetError::NoPolicy);
        }
    };
    let rendered = Rendered::new(kind, message.ttl, &message.values, apex).map_err(SetError::Values)?;
    let check = (!message.health_check_id.is_empty()).then(|| Arc::from(message.health_check_id.as_str()));
    Ok(RecordSet { policy, check, rendered: Arc::new(rendered) })
}

#[cfg(test)]
pub(crate) mod tests;
