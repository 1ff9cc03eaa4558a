//! All records at one revision, as persistent ordered maps: cloning a view costs one reference count, changing
//! one leaves every older clone as it was, readers never wait for writers.
//!
//! A view is cloned for every request and changed in one or two kinds, so cloning is one reference count, and the first
//! change after it copies the list of tables (pointers) and the one table's roots, not the roots of all kinds.
//!
//! There is one table per kind (`tables`). The speculative view of the writer, the applied view of the readers and the
//! scratch view of one operation are the same type.

use crate::kept::{Kept, Memo, Room};
use crate::reads::{Read, Reads};
use crate::record::{Record, StoredRecord};
use crate::tables::{Entry, IndexKey, Table, Tables};
use crate::{Change, Changes, KindEntry};
use controlplane_types::{AccountId, Key, Revision, Scope};
use std::any::Any;
use std::ops::{Bound, Deref};
use std::sync::Arc;

/// A record with its key and the revision that wrote it.
#[derive(Clone, Debug)]
pub struct Stored<'v, R> {
    /// Where it lives.
    pub key: &'v Key,
    /// The revision that last wrote it.
    pub revision: Revision,
    /// The record.
    pub record: &'v R,
    memo: &'v Memo,
}

impl<R> Deref for Stored<'_, R> {
    type Target = R;

    fn deref(&self) -> &R {
        self.record
    }
}

/// All records at one revision.
#[derive(Clone, Default)]
pub struct View {
    revision: Revision,
    /// No record counts as older than this: a store keeps records, not which revision wrote each, so whatever came from
    /// one counts as written by the newest revision in it, which is known only when everything was read.
    floor: Revision,
    tables: Arc<Tables>,
    /// Of the newest change: no other content of any view has it.
    stamp: u64,
    /// Shared by a view and all that were ever cloned of it.
    room: Arc<Room>,
    /// Who wants to know what is read, if anybody does.
    reads: Option<Reads>,
}

impl View {
    /// A view without records that knows `kinds`.
    pub fn new<'k>(kinds: impl IntoIterator<Item = &'k KindEntry>) -> Self {
        let tables = Tables::new(kinds.into_iter().map(|kind| kind.name));
        Self { tables: Arc::new(tables), ..Self::default() }
    }

    /// What `make` makes of a record of this view, kept beside it until the record, or whatever `make` read, changes.
    ///
    /// `make` gets this view and has to be a pure function of the record and of what it reads of the view. It also says how
    /// many bytes there are to keep.
    pub fn kept<R, T: Any + Send + Sync>(
        &self,
        stored: &Stored<'_, R>,
        make: impl FnOnce(&View) -> (T, usize),
    ) -> Arc<T> {
        // Whoever notes what is read has to see it being read.
        if self.reads.is_some() {
            return Arc::new(make(self).0);
        }
        if let Some(value) = stored.memo.get(&self.tables, self.stamp) {
            return value;
        }
        let (recording, reads) = self.recording();
        let (value, bytes) = make(&recording);
        let value = Arc::new(value);
        stored.memo.keep(Kept::new(
            value.clone(),
            bytes,
            reads.take(),
            (&self.tables, self.stamp),
            &self.room,
        ));
        value
    }

    /// The same records, in a view that notes what is read of it.
    pub fn recording(&self) -> (Self, Reads) {
        let reads = Reads::default();
        (Self { reads: Some(reads.clone()), ..self.clone() }, reads)
    }

    fn note(&self, read: impl FnOnce() -> Read) {
        if let Some(reads) = &self.reads {
            reads.note(read());
        }
    }

    /// The table of a kind, all of which is about to be looked through.
    fn whole(&self, kind: &str) -> Option<&Table> {
        self.note(|| Read::Kind(kind.into()));
        self.tables.get(kind)
    }

    fn entry(&self, kind: &str, key: &Key) -> Option<(&Key, &Entry)> {
        self.note(|| Read::Record(key.clone()));
        self.tables.get(kind)?.records.get_key_value(key)
    }

    /// Ends the reading of a store whose newest revision is `revision`: every record counts as written by it.
    pub fn settle(&mut self, revision: Revision) {
        (self.revision, self.floor) = (revision, revision);
    }

    fn show<'v, R: Record>(&self, key: &'v Key, entry: &'v Entry) -> Option<Stored<'v, R>> {
        Some(Stored {
            key,
            revision: entry.revision.max(self.floor),
            record: entry.record.downcast()?,
            memo: &entry.memo,
        })
    }

    /// The table of `kind` for a change, copied first if a clone of this view shares it.
    fn table_mut(&mut self, kind: &str) -> Option<&mut Table> {
        let place = self.tables.place(kind)?;
        Arc::make_mut(&mut self.tables).at_mut(place)
    }

    /// The stamp of a change that is about to be made.
    fn restamp(&mut self) -> u64 {
        self.stamp = self.room.stamp();
        self.stamp
    }

    /// The newest revision in it.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Applies changes in place; clones taken before keep what they had.
    pub fn apply(&mut self, revision: Revision, changes: &Changes) {
        self.revision = revision;
        for (key, change) in changes.iter() {
            match change {
                Change::Put(record) => self.put(revision, key, record.clone()),
                Change::Delete => self.delete(revision, key),
            }
        }
    }

    /// The same records count as those of another revision.
    pub fn set_revision(&mut self, revision: Revision) {
        self.revision = revision;
    }

    /// Creates or replaces one record. Kinds this view does not know are left out.
    pub fn put(&mut self, revision: Revision, key: &Key, record: StoredRecord) {
        self.revision = revision;
        let stamp = self.restamp();
        if let Some(table) = self.table_mut(key.kind()) {
            table.put(key, revision, record, stamp);
        }
    }

    /// Removes one record, if it is there.
    pub fn delete(&mut self, revision: Revision, key: &Key) {
        self.revision = revision;
        let stamp = self.restamp();
        if let Some(table) = self.table_mut(key.kind()) {
            table.delete(key, stamp);
        }
    }

    /// The record at `key`.
    pub fn get<R: Record>(&self, key: &Key) -> Option<&R> {
        self.entry(R::KIND, key)?.1.record.downcast()
    }

    /// The record at `key` with its revision.
    pub fn stored<R: Record>(&self, key: &Key) -> Option<Stored<'_, R>> {
        let (key, entry) = self.entry(R::KIND, key)?;
        self.show(key, entry)
    }

    /// The revision that wrote the record at `key`, whatever its kind; `None` when there is none.
    pub fn revision_of(&self, key: &Key) -> Option<Revision> {
        self.entry(key.kind(), key).map(|(_, entry)| entry.revision.max(self.floor))
    }

    /// Every record of a kind in an account and scope, in key order.
    pub fn list<'v, R: Record>(
        &'v self,
        account: &AccountId,
        scope: &Scope,
    ) -> impl Iterator<Item = Stored<'v, R>> + use<'v, R> {
        self.list_from(account, scope, "")
    }

    /// The same, beginning with the first id at or after `start`.
    pub fn list_from<'v, R: Record>(
        &'v self,
        account: &AccountId,
        scope: &Scope,
        start: &str,
    ) -> impl Iterator<Item = Stored<'v, R>> + use<'v, R> {
        let prefix = Key::prefix(account, scope, R::KIND);
        let start = Key::position(&format!("{prefix}{start}"));
        let table = self.whole(R::KIND);
        // Where other scopes begin is looked up once: to read the beginning of every key is to fetch each from memory.
        let past = table.and_then(|table| table.records.range(behind(&prefix)..).next());
        let is_past = move |key: &Key| past.is_some_and(|(past, _)| std::ptr::eq(past, key));
        let entries = table.map(|table| table.records.range(start..)).into_iter().flatten();
        entries.take_while(move |(key, _)| !is_past(key)).filter_map(|(key, entry)| self.show(key, entry))
    }

    /// Every record of a kind in all accounts and scopes, in key order.
    pub fn all<R: Record>(&self) -> impl Iterator<Item = Stored<'_, R>> {
        self.range::<R>("")
    }

    fn range<'v, R: Record>(&'v self, start: &str) -> impl Iterator<Item = Stored<'v, R>> + use<'v, R> {
        let start = Key::position(start);
        let table = self.whole(R::KIND);
        let entries = table.map(|table| table.records.range(start..)).into_iter().flatten();
        entries.filter_map(|(key, entry)| self.show(key, entry))
    }

    /// Every record of a kind, in all accounts and scopes, whose `index` has `value`; in key order.
    pub fn find<'v, R: Record>(
        &'v self,
        index: &'static str,
        value: &str,
    ) -> impl Iterator<Item = Stored<'v, R>> + use<'v, R> {
        let value: Arc<str> = value.into();
        self.note(|| Read::Found { kind: Some(R::KIND.into()), index, value: value.clone() });
        let table = self.tables.get(R::KIND);
        let keys = table.map(|table| table.keys_found(index, value)).into_iter().flatten();
        keys.filter_map(move |key| self.show(key, table?.records.get(key)?))
    }

    /// The key of every record of a kind, in all accounts and scopes, whose `index` has `value`; in order. For those who
    /// want few of many.
    pub fn keys_found<'v, R: Record>(
        &'v self,
        index: &'static str,
        value: &str,
    ) -> impl Iterator<Item = &'v Key> + use<'v, R> {
        let value: Arc<str> = value.into();
        self.note(|| Read::Found { kind: Some(R::KIND.into()), index, value: value.clone() });
        let table = self.tables.get(R::KIND);
        table.map(|table| table.keys_found(index, value)).into_iter().flatten()
    }

    /// The sum of what the records of a scope add to `group` of a tally ([`Record::tally`]).
    pub fn tally<R: Record>(&self, scope: &Scope, tally: &'static str, group: &str) -> i64 {
        self.whole(R::KIND).map_or(0, |table| table.tally(scope, tally, group))
    }

    /// The lowest number from `from` on that no record of a scope takes in `group` of a space ([`Record::numbers`]).
    pub fn first_free<R: Record>(&self, scope: &Scope, space: &'static str, group: &str, from: u64) -> u64 {
        self.whole(R::KIND).map_or(from, |table| table.first_free(scope, space, group, from))
    }

    /// Every record of a kind, in all accounts and scopes, whose `index` has a value up to and including `last`; in the
    /// order of the values. For indexes over times ([`crate::record::time_index`]).
    pub fn find_through<'v, R: Record>(
        &'v self,
        index: &'static str,
        last: &str,
    ) -> impl Iterator<Item = Stored<'v, R>> + use<'v, R> {
        let last: Arc<str> = last.into();
        let table = self.whole(R::KIND);
        let start: IndexKey = (index, "".into(), Key::position(""));
        let entries =
            table.map(|table| table.index.range(start..)).into_iter().flatten().map(|(entry, ())| entry);
        entries
            .take_while(move |(name, value, _)| *name == index && *value <= last)
            .filter_map(move |(_, _, key)| self.show(key, table?.records.get(key)?))
    }

    /// The key of every record of whatever kind whose `index` has `value`: for an index that several kinds share because
    /// they all hold on to the same thing (a node), which therefore cannot go.
    pub fn find_any(&self, index: &'static str, value: &str) -> impl Iterator<Item = &Key> {
        let value: Arc<str> = value.into();
        self.note(|| Read::Found { kind: None, index, value: value.clone() });
        self.tables.values().flat_map(move |table| table.keys_found(index, value.clone()))
    }

    /// Every key of a kind with its record, for code that works on any kind.
    pub fn untyped(&self, kind: &str) -> impl Iterator<Item = (&Key, &StoredRecord)> {
        let table = self.whole(kind);
        table.into_iter().flat_map(|table| table.records.iter().map(|(key, entry)| (key, &entry.record)))
    }

    /// The record at `key` and the revision that wrote it, for code that works on any kind.
    pub fn stored_untyped(&self, key: &Key) -> Option<(Revision, &StoredRecord)> {
        self.entry(key.kind(), key).map(|(_, entry)| (entry.revision.max(self.floor), &entry.record))
    }

    /// Every key of a kind after `last` with its record, for code that works on any kind.
    pub fn untyped_after<'v>(
        &'v self,
        kind: &str,
        last: &Key,
    ) -> impl Iterator<Item = (&'v Key, &'v StoredRecord)> + use<'v> {
        let after = (Bound::Excluded(last.clone()), Bound::Unbounded);
        let entries = self.tables.get(kind).map(|table| table.records.range(after));
        entries.into_iter().flatten().map(|(key, entry)| (key, &entry.record))
    }

    /// The record at `key`, for code that works on any kind.
    pub fn get_untyped(&self, key: &Key) -> Option<&StoredRecord> {
        self.entry(key.kind(), key).map(|(_, entry)| &entry.record)
    }
}

/// The position behind every key that begins with `prefix`, which ends with a slash.
fn behind(prefix: &str) -> Key {
    let text = prefix.strip_suffix('/').unwrap_or(prefix);
    // What comes after a slash in the order of bytes.
    Key::position(&format!("{text}0"))
}
