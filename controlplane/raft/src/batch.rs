//! What is replicated: batches of changes, chained so that none is applied to a state it was not made for.
//!
//! The leader's writer decides on a *speculative* state: applied records plus what it already proposed. Openraft
//! keeps proposals in order, but one in the middle may be dropped (its queue was full, leadership moved and came
//! back). Every batch therefore names its predecessor, and applying refuses a batch whose predecessor is not the
//! newest applied one. A refused batch changes nothing, so everything proposed after it is refused as well.
//!
//! Predecessors are named by *position within a leadership*, not by log index: the writer pipelines, and the index
//! of a batch is unknown until it comes back, while its position is known when it is proposed.

use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Names a batch: the `position`-th one of the leadership of `term`, counted from 1.
///
/// The default names no batch at all; it is the predecessor of the very first one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
pub struct BatchId {
    /// The leadership it was proposed under.
    #[n(0)]
    pub term: u64,
    /// Its place among the batches of that leadership.
    #[n(1)]
    pub position: u64,
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.term, self.position)
    }
}

/// Changes that are committed together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Batch {
    /// The leadership it is proposed under.
    #[n(0)]
    pub term: u64,
    /// The batch whose result this one was decided on: the one proposed before it or, for the first batch of a
    /// leadership, the newest applied one.
    #[n(1)]
    pub previous: BatchId,
    /// The leader's clock: `max(previous, wall)`.
    #[n(2)]
    pub now: Timestamp,
    /// In order; a later change of the same key wins.
    #[n(3)]
    pub changes: Vec<Change>,
}

/// One record set or removed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Change {
    /// The record's key in text form.
    #[n(0)]
    pub key: String,
    /// Its new value; `None` removes it.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub value: Option<Vec<u8>>,
}

/// What applying a batch came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Its changes are in the records.
    Applied,
    /// Its predecessor was not the newest applied batch; nothing changed.
    Refused,
}

impl Batch {
    /// The name the next batch has to give as its predecessor.
    pub fn id(&self) -> BatchId {
        let position = match self.previous.term == self.term {
            true => self.previous.position + 1,
            false => 1,
        };
        BatchId { term: self.term, position }
    }

    /// The size of its keys and values.
    pub fn bytes(&self) -> usize {
        self.changes.iter().map(|change| change.key.len() + change.value.as_ref().map_or(0, Vec::len)).sum()
    }

    /// Whether it may be applied on top of `newest`, in an entry written in `term`.
    pub(crate) fn continues(&self, newest: BatchId, term: u64) -> bool {
        self.term == term && self.previous == newest && newest.term <= self.term
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "batch {} after {} ({} changes)", self.id(), self.previous, self.changes.len())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Applied => "applied",
            Self::Refused => "refused",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(term: u64, previous: (u64, u64)) -> Batch {
        let previous = BatchId { term: previous.0, position: previous.1 };
        Batch { term, previous, ..Batch::default() }
    }

    #[test]
    fn positions_count_within_a_leadership() {
        assert_eq!(batch(3, (0, 0)).id(), BatchId { term: 3, position: 1 });
        assert_eq!(batch(3, (2, 9)).id(), BatchId { term: 3, position: 1 });
        assert_eq!(batch(3, (3, 1)).id(), BatchId { term: 3, position: 2 });
    }

    #[test]
    fn only_the_successor_of_the_newest_batch_continues() {
        let newest = BatchId { term: 3, position: 2 };
        let cases = [
            (batch(3, (3, 2)), 3, true),
            (batch(4, (3, 2)), 4, true),
            (batch(3, (3, 1)), 3, false),
            (batch(3, (3, 3)), 3, false),
            (batch(4, (2, 7)), 4, false),
            (batch(4, (3, 2)), 5, false),
        ];
        for (batch, term, expected) in cases {
            assert_eq!(batch.continues(newest, term), expected, "{batch} in term {term}");
        }
    }

    #[test]
    fn a_batch_written_by_an_older_version_still_reads() {
        // {term 1, previous 0/0, now 5, changes: ["k" = h'01', "d" removed]}
        let written =
            [0x84, 0x01, 0x82, 0x00, 0x00, 0x05, 0x82, 0x82, 0x61, b'k', 0x41, 0x01, 0x82, 0x61, b'd', 0xf6];
        let batch: Batch = minicbor::decode(&written).unwrap();
        assert_eq!(batch.changes[0], Change { key: "k".to_owned(), value: Some(vec![1]) });
        assert_eq!(batch.changes[1].value, None);
        let again = minicbor::to_vec(&batch).unwrap();
        assert_eq!(minicbor::decode::<Batch>(&again).unwrap(), batch);
    }
}
