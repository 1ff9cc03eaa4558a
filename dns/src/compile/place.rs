//! Which names of a zone are compiled, and in which order.

use crate::zone::{Found, Sets, TreeKey, Zone};

/// A name to compile: its place in the tree, and what the zone has there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'z> {
    pub(super) key: &'z [u8],
    pub(super) found: Found<'z>,
}

impl<'z> Place<'z> {
    /// The name's sets, if it has any.
    pub(super) fn sets(&self) -> Option<&'z Sets> {
        match self.found {
            Found::Sets(sets) => Some(sets),
            Found::Nothing | Found::Below => None,
        }
    }
}

/// The apex, `keys` and all names above those, whose existence or wildcard may hang on them; each name before the one above it, so
/// that a wildcard is built before its parent.
pub(super) fn places<'z>(zone: &'z Zone, apex: &'z TreeKey, keys: &[&'z [u8]]) -> Vec<Place<'z>> {
    let apex = apex.as_octets();
    let mut all = vec![apex];
    for key in keys {
        let mut end = apex.len();
        while let Some(len) = key.get(end) {
            end += 1 + usize::from(*len);
            all.extend(key.get(..end));
        }
    }
    all.sort_unstable();
    all.dedup();
    let find = |key| match zone.at(key) {
        // The apex of an empty zone exists too.
        Found::Nothing if key == apex => Place { key, found: Found::Below },
        found => Place { key, found },
    };
    all.into_iter().rev().map(find).collect()
}

/// Whether `key` is among `places`.
pub(super) fn is_among(places: &[Place], key: &TreeKey) -> bool {
    places.binary_search_by(|place| key.as_octets().cmp(place.key)).is_ok()
}
