//! The rows of one kind as one account sees them, kept true commit by commit.

use crate::native::rows;
use crate::watch::Event;
use bytes::Bytes;
use controlplane_services_kernel::manifest::Applied;
use controlplane_services_kernel::{Caller, KindEntry, Read, Reader, Reads, View};
use controlplane_types::{Key, Timestamp};
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One state of one row, encoded once for everybody.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RowVersion {
    id: String,
    /// What people may call it: its own name, the name its manifest gave it.
    names: [String; 2],
    /// An `api::Row`.
    pub(super) row: Bytes,
}

impl RowVersion {
    /// Whether it is meant by `name`; the empty name means every row.
    pub(super) fn is_called(&self, name: &str) -> bool {
        name.is_empty() || self.id == name || self.names.iter().any(|own| own == name)
    }
}

/// One row before and after a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowChanged {
    pub(super) before: Option<Arc<RowVersion>>,
    pub(super) after: Option<Arc<RowVersion>>,
}

impl RowChanged {
    /// Memory it stands for.
    pub(super) fn bytes(&self) -> usize {
        self.after.as_ref().map_or(0, |version| version.row.len()) + size_of::<Self>()
    }
}

struct Shown {
    version: Arc<RowVersion>,
    /// What its columns looked at, beside its own record.
    reads: BTreeSet<Read>,
}

/// All rows.
pub(super) struct RowTable {
    kind: &'static KindEntry,
    caller: Caller,
    rows: BTreeMap<Key, Shown>,
    /// Which rows looked at something.
    readers: BTreeMap<Read, BTreeSet<Key>>,
}

impl RowTable {
    /// The rows of `view`.
    pub(super) fn load(kind: &'static KindEntry, caller: Caller, view: &View, now: Timestamp) -> Self {
        let mut table = Self { kind, caller, rows: BTreeMap::new(), readers: BTreeMap::new() };
        let keys: Vec<Key> =
            view.untyped(kind.name).map(|(key, _)| key).filter(|key| table.sees(key)).cloned().collect();
        table.refresh(keys, view, now);
        table
    }

    /// Every row.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Arc<RowVersion>> {
        self.rows.values().map(|shown| &shown.version)
    }

    /// Takes in a commit; `view` is after it. What it altered, in the order of the keys.
    pub(super) fn step(&mut self, event: &Event, view: &View) -> Vec<RowChanged> {
        let mut altered = BTreeSet::new();
        for changed in &event.changes {
            if self.sees(&changed.key) {
                altered.insert(changed.key.clone());
            }
            let before = changed.before.as_ref().map(|(_, record)| record);
            for read in Read::altered_by(&changed.key, before.into_iter().chain(&changed.after)) {
                altered.extend(self.readers.get(&read).into_iter().flatten().cloned());
            }
        }
        self.refresh(altered, view, event.now)
    }

    /// Takes in a state that nobody knows the way to.
    pub(super) fn jump(&mut self, view: &View, now: Timestamp) -> Vec<RowChanged> {
        let next = Self::load(self.kind, self.caller.clone(), view, now);
        let keys: BTreeSet<&Key> = self.rows.keys().chain(next.rows.keys()).collect();
        let version = |table: &Self, key: &Key| table.rows.get(key).map(|shown| shown.version.clone());
        let pairs =
            keys.into_iter().map(|key| RowChanged { before: version(self, key), after: version(&next, key) });
        let changed = pairs.filter(|changed| changed.before != changed.after).collect();
        *self = next;
        changed
    }

    fn sees(&self, key: &Key) -> bool {
        rows::sees(&self.caller, self.kind, key)
    }

    /// Computes these rows again; those that are not what they were.
    fn refresh(
        &mut self,
        keys: impl IntoIterator<Item = Key>,
        view: &View,
        now: Timestamp,
    ) -> Vec<RowChanged> {
        let (view, reads) = view.recording();
        let reader = Reader::new(view, self.caller.clone(), now);
        let mut changed = Vec::new();
        for key in keys {
            let before = self.forget(&key);
            let after = self.compute(&reader, &key).map(Arc::new);
            if let Some(version) = &after {
                // The same row is the same memory, whoever still sends it.
                let version = before.as_ref().filter(|before| *before == version).unwrap_or(version).clone();
                self.remember(key, version, &reads);
            }
            if before != after {
                changed.push(RowChanged { before, after });
            }
        }
        changed
    }

    fn compute(&self, reader: &Reader, key: &Key) -> Option<RowVersion> {
        let record = reader.view.get_untyped(key)?;
        let row = rows::row(reader, self.kind, key, record)?;
        let declared = Applied::name_of(self.kind.name, key.id(), reader).unwrap_or_default().to_owned();
        let encoded = row.encode_to_vec().into();
        Some(RowVersion { id: row.id, names: [row.name, declared], row: encoded })
    }

    fn forget(&mut self, key: &Key) -> Option<Arc<RowVersion>> {
        let shown = self.rows.remove(key)?;
        for read in shown.reads {
            if let Some(readers) = self.readers.get_mut(&read) {
                readers.remove(key);
                if readers.is_empty() {
                    self.readers.remove(&read);
                }
            }
        }
        Some(shown.version)
    }

    fn remember(&mut self, key: Key, version: Arc<RowVersion>, reads: &Reads) {
        let mut reads = reads.take();
        reads.remove(&Read::Record(key.clone()));
        for read in &reads {
            self.readers.entry(read.clone()).or_default().insert(key.clone());
        }
        self.rows.insert(key, Shown { version, reads });
    }
}
