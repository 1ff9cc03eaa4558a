//! Which members of a multivalue group say the same: an answer says each record once (RFC 2181 section 5).

use crate::zone::RecordSet;
use std::collections::{BTreeMap, BTreeSet};

/// The records of a multivalue group's members.
#[derive(Debug)]
pub(super) struct Values {
    /// By member, a number that those with the same records share. They stand side by side.
    classes: Box<[u16]>,
    /// The lowest of the members'.
    pub(super) ttl: Option<u32>,
    /// Some record is held by members that do not say the same.
    pub(super) overlap: bool,
}

impl Values {
    /// Puts members with the same records side by side; all others keep their order.
    pub(super) fn of(sets: &mut [(&String, &RecordSet)]) -> Self {
        let mut classes: BTreeMap<BTreeSet<(&[u8], bool)>, u16> = BTreeMap::new();
        let mut class_of: BTreeMap<&String, u16> = BTreeMap::new();
        for (identifier, set) in sets.iter().copied() {
            let records = set.rendered().into_iter().flat_map(|rendered| rendered.records());
            let records = records.map(|record| (record.data, record.in_zone)).collect();
            let next = classes.len() as u16;
            class_of.insert(identifier, *classes.entry(records).or_insert(next));
        }
        sets.sort_by_key(|(identifier, _)| class_of[identifier]);
        let held: usize = classes.keys().map(BTreeSet::len).sum();
        let distinct = classes.keys().flatten().collect::<BTreeSet<_>>().len();
        let classes = sets.iter().map(|(identifier, _)| class_of[identifier]).collect();
        let rendered = sets.iter().filter_map(|(_, set)| set.rendered());
        Self { classes, ttl: rendered.map(|rendered| rendered.ttl).min(), overlap: distinct < held }
    }

    /// The number that a member shares with those that say the same.
    pub(super) fn class(&self, member: usize) -> u16 {
        self.classes[member]
    }
}
