//! What the writer of this member made of the batches that are on their way.
//!
//! The leader decides on the very records a batch will be applied to, so when its own batch comes back, the records after
//! it are there already: what it changed need not be read from bytes again, nor put into the trees of ten thousand records
//! a second time, and the leader has one copy of everything instead of two. Every other member reads the bytes.
//!
//! What readers get wrong: this decides nothing. What is kept here is taken only for a batch that *was applied*, and such a
//! batch names its predecessor, down to the records its writer began with; so under the same name there is one content.
//! A batch nobody kept anything of is read like a follower's.

use crate::watch::Changed;
use controlplane_raft::BatchId;
use controlplane_services_kernel::View;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A batch as its writer has it.
pub(crate) struct Made {
    /// Its name.
    pub(crate) id: BatchId,
    /// The records after it.
    pub(crate) view: View,
    /// What it changes, in the order of the log.
    pub(crate) changes: Vec<Changed>,
}

/// Batches on their way, in the order they were proposed: as many as the writer has under way at once.
#[derive(Default)]
pub(crate) struct Decided(Mutex<VecDeque<Made>>);

impl Decided {
    /// A batch is about to be proposed.
    pub(crate) fn keep(&self, made: Made) {
        self.made().push_back(made);
    }

    /// The batch `id` is applied: what there is of it. Whatever was proposed before it never will be.
    pub(crate) fn take(&self, id: BatchId) -> Option<Made> {
        let mut made = self.made();
        while made.front()?.id < id {
            made.pop_front();
        }
        made.pop_front_if(|made| made.id == id)
    }

    /// Nothing that is on its way will be answered for.
    pub(crate) fn forget(&self) {
        self.made().clear();
    }

    fn made(&self) -> MutexGuard<'_, VecDeque<Made>> {
        // A panic while holding it leaves it whole: every change is one push or pop.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(term: u64, position: u64) -> BatchId {
        BatchId { term, position }
    }

    #[test]
    fn only_the_batch_of_that_name_is_taken() {
        let decided = Decided::default();
        let keep = |id| decided.keep(Made { id, view: View::default(), changes: Vec::new() });
        assert!(decided.take(id(1, 1)).is_none());
        [id(1, 1), id(1, 2), id(1, 3)].into_iter().for_each(keep);
        assert!(decided.take(id(1, 2)).is_some_and(|made| made.id == id(1, 2)));
        assert!(decided.take(id(1, 2)).is_none(), "once");
        assert!(decided.take(id(1, 1)).is_none(), "it was dropped on the way");
        assert!(decided.take(id(1, 3)).is_some());
        keep(id(2, 1));
        assert!(decided.take(id(1, 9)).is_none(), "another leadership's");
        decided.forget();
        assert!(decided.take(id(2, 1)).is_none());
    }
}
