//! What an operation wants done to the records: puts and deletes, at most one per key.

use crate::{Record, StoredRecord};
use controlplane_types::Key;
use std::collections::BTreeMap;

/// The new state of one key.
#[derive(Clone, Debug)]
pub enum Change {
    /// The record now is this.
    Put(StoredRecord),
    /// There is no such record any more.
    Delete,
}

/// Changes in key order; the last word on a key wins.
#[derive(Clone, Debug, Default)]
pub struct Changes(BTreeMap<Key, Change>);

impl Changes {
    /// Creates or replaces a record.
    pub fn put<R: Record>(&mut self, key: Key, record: R) {
        self.0.insert(key, Change::Put(StoredRecord::new(record)));
    }

    /// Removes a record.
    pub fn delete(&mut self, key: Key) {
        self.0.insert(key, Change::Delete);
    }

    /// Adds what `later` says; it wins where both speak of a key.
    pub fn extend(&mut self, later: Changes) {
        self.0.extend(later.0);
    }

    /// Every key and what becomes of it, in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Change)> {
        self.0.iter()
    }

    /// Nothing to do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many keys change.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}
