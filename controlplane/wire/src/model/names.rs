//! Members by documented name, in a few nanoseconds.
//!
//! Every field of every answer is looked up; in an answer of a thousand instances that is fifty thousand times, and
//! with binary search it was most of the time an answer takes to write.

use super::Member;

/// A table of indices, probed one after another from a place that length and three letters of the name choose.
#[derive(Debug)]
pub(super) struct Names {
    /// A power of two, and at least twice as many as there are members, so that an empty one ends every search.
    slots: Vec<Option<u16>>,
}

impl Names {
    pub(super) fn new(members: &[Member]) -> Self {
        let mut names = Self { slots: vec![None; (2 * members.len()).next_power_of_two().max(2)] };
        for (member, index) in members.iter().zip(0..) {
            let place = names.probe(&member.name).find(|&at| names.slots[at].is_none());
            if let Some(at) = place {
                names.slots[at] = Some(index);
            }
        }
        names
    }

    /// The index of the member with this name.
    pub(super) fn find(&self, members: &[Member], name: &str) -> Option<u16> {
        let candidates = self.probe(name).map_while(|at| self.slots[at]);
        candidates.into_iter().find(|&index| *members[usize::from(index)].name == *name)
    }

    fn probe(&self, name: &str) -> impl Iterator<Item = usize> + use<> {
        let (bytes, mask) = (name.as_bytes(), self.slots.len() - 1);
        let letter = |at: usize| bytes.get(at).map_or(0, |&byte| usize::from(byte));
        let start = bytes.len() * 37
            + letter(0) * 11
            + letter(bytes.len() / 2) * 5
            + letter(bytes.len().saturating_sub(2));
        (0..=mask).map(move |step| (start + step) & mask)
    }
}
