//! What a computation read of a view, so that whoever keeps its result knows which changes may alter it.
//!
//! A row that people watch depends on more records than its own (an instance's row shows its interface's addresses). The
//! alternatives were to list by hand what each kind's columns look at, which nobody would keep true, and to compute all rows
//! again at every commit, which costs rows times commits. Recording is exact enough and cannot be forgotten: the columns
//! read through the view, and the view notes it.

use crate::StoredRecord;
use controlplane_types::Key;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// One question asked of a view.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Read {
    /// What is at this key?
    Record(Key),
    /// Which records have this value in this index?
    Found {
        /// Of this kind; of whatever kind when absent.
        kind: Option<Arc<str>>,
        /// The index.
        index: &'static str,
        /// The value.
        value: Arc<str>,
    },
    /// Which records of this kind are there?
    Kind(Arc<str>),
}

impl Read {
    /// Every question that a change of `key` may answer differently from now on.
    pub fn altered_by<'r>(key: &Key, records: impl IntoIterator<Item = &'r StoredRecord>) -> BTreeSet<Read> {
        let mut altered = BTreeSet::from([Read::Record(key.clone()), Read::Kind(key.kind().into())]);
        for record in records {
            record.index(&mut |index, value| {
                for kind in [Some(key.kind().into()), None] {
                    altered.insert(Read::Found { kind, index, value: value.into() });
                }
            });
        }
        altered
    }
}

/// The questions asked of a recording view ([`crate::View::recording`]) and of its clones.
#[derive(Clone, Default)]
pub struct Reads(Arc<Mutex<BTreeSet<Read>>>);

impl Reads {
    /// What was read since the last call.
    pub fn take(&self) -> BTreeSet<Read> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn note(&self, read: Read) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(read);
    }
}
