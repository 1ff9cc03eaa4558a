//! Zones as the feed brings them: the door where messages become our own types, with every check in it.
//!
//! A message that cannot be placed (wrong position, unknown zone, a name that is none) is refused whole and the
//! feed starts over with a snapshot. A *record set* whose type or values this version cannot read is different: it is
//! kept, and left out, loudly, of what is compiled, because one set written by a newer control plane must not keep
//! every other change of every zone from being served.

mod journal;
mod record_set;
mod rendered;
mod sets;
mod signing;
mod store;

pub use journal::{Journal, JournalError, snapshot_of};
pub(crate) use record_set::error_chain;
pub use record_set::{Content, Policy, RecordSet, SetError};
pub use rendered::{MAX_VALUES, RenderError, Rendered, RenderedRecord};
pub use sets::Sets;
pub use signing::{Signing, SigningError};
pub use store::{Changes, FeedError, Position, Store};

use controlplane_types::dns::{Name, RecordType, name};
use record_set::read_set;
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// Labels root first, each behind its length: all that lies below a name follows it directly, so "does anything
/// exist below?" is one look at a sorted map.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeKey(Box<[u8]>);

impl TreeKey {
    /// The place of `name` in the tree.
    pub fn new(name: &Name) -> Self {
        let wire = name.as_wire();
        Self(turned(wire, wire.len() - 1))
    }

    /// The name with this place.
    pub fn name(&self) -> Option<Name> {
        name_at(&self.0)
    }

    /// Its octets.
    pub fn as_octets(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for TreeKey {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

/// The name whose place has these octets.
pub(crate) fn name_at(place: &[u8]) -> Option<Name> {
    Name::from_wire(&turned(place, place.len() + 1)).ok()
}

/// Labels the other way around, in front of as many zeros as `len` leaves room for.
fn turned(labels: &[u8], len: usize) -> Box<[u8]> {
    let mut octets = vec![0; len];
    let mut end = labels.len().min(len);
    for label in name::labels(labels) {
        let start = end - label.len();
        octets[start..end].copy_from_slice(label);
        octets[start - 1] = label.len() as u8;
        end = start - 1;
    }
    octets.into()
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

/// What a zone has of a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'z> {
    /// The name does not exist.
    Nothing,
    /// It has no sets; it exists because something below it has (RFC 8020).
    Below,
    /// Its sets.
    Sets(&'z Sets),
}

impl Zone {
    /// An empty zone.
    pub fn new(name: Name) -> Self {
        Self { name, nodes: BTreeMap::new(), signing: None, serial: 0 }
    }

    /// What there is of the name with this place.
    pub fn at(&self, place: &[u8]) -> Found<'_> {
        let from = (Bound::Included(place), Bound::Unbounded);
        let next = self.nodes.range::<[u8], _>(from).next();
        match next.map(|(next, sets)| (next.as_octets().strip_prefix(place), sets)) {
            Some((Some([]), sets)) => Found::Sets(sets),
            Some((Some(_), _)) => Found::Below,
            _ => Found::Nothing,
        }
    }

    /// The sets that can be read, by type and identifier; for each other one `left_out` is told its type and what is wrong.
    pub fn read(&self, sets: &Sets, mut left_out: impl FnMut(&str, &SetError)) -> Vec<(SetKey, RecordSet)> {
        let mut read = Vec::with_capacity(1);
        for set in sets.iter() {
            let key = set.key.as_ref();
            match read_set(&set, &self.name) {
                Ok((kind, found)) => {
                    let identifier = key.map(|key| key.set_identifier.clone()).unwrap_or_default();
                    read.push(((kind, identifier), found));
                }
                Err(error) => left_out(key.map_or("", |key| &key.r#type), &error),
            }
        }
        read
    }
}

#[cfg(test)]
pub(crate) mod tests;
