//! One table per kind: the records by key, and what is derived from them so that nobody has to walk them.
//!
//! Four things are derived, each from what a record says of itself and of nothing else, so each is right by construction
//! and after a reload as before: *indexes* (which records have this value), *tallies* (the sum over a group),
//! *numbers* (which of a range nobody has) and the *stamps* by which kept results know whether they still hold.
//!
//! A record that is replaced mostly says what it said before (an instance that begins to run stays in its VPC), so only the
//! difference is written: a tree that is shared with older views copies a path for every change.

use crate::kept::Memo;
use crate::numbers::Numbers;
use crate::record::StoredRecord;
use controlplane_types::{Key, Revision, Scope};
use rpds::RedBlackTreeMapSync;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) struct Entry {
    pub(crate) revision: Revision,
    /// See [`crate::kept::Room::stamp`].
    stamp: u64,
    pub(crate) record: StoredRecord,
    pub(crate) memo: Memo,
}

/// `(index, value, key)`; index names are few and static, so only the value is owned.
pub(crate) type IndexKey = (&'static str, Arc<str>, Key);

/// A tally or a space, and the scope and group in it.
pub(crate) type Group = (&'static str, Arc<str>);

#[derive(Clone, Default)]
pub(crate) struct Table {
    /// Tells this content from every other the table has had; see [`crate::kept::Room::stamp`].
    pub(crate) stamp: u64,
    pub(crate) records: RedBlackTreeMapSync<Key, Entry>,
    pub(crate) index: RedBlackTreeMapSync<IndexKey, ()>,
    /// Groups whose sum is 0 are absent.
    tallies: RedBlackTreeMapSync<Group, i64>,
    numbers: Numbers,
}

/// What a record says of itself.
#[derive(Default, PartialEq)]
struct Said {
    index: Vec<(&'static str, Arc<str>)>,
    tallies: Vec<(Group, i64)>,
    numbers: Vec<(Group, u64)>,
}

impl Said {
    fn by(record: &StoredRecord, key: &Key) -> Self {
        let mut said = Self::default();
        record.index(&mut |name, value| said.index.push((name, value.into())));
        record.tally(&mut |name, group, amount| said.tallies.push(((name, in_scope_of(key, group)), amount)));
        record.numbers(&mut |name, group, number| {
            said.numbers.push(((name, in_scope_of(key, group)), number));
        });
        said
    }
}

fn in_scope_of(key: &Key, group: &str) -> Arc<str> {
    in_scope(&key.scope(), group)
}

fn in_scope(scope: &Scope, group: &str) -> Arc<str> {
    format!("{}/{group}", scope.as_str()).into()
}

impl Table {
    pub(crate) fn put(&mut self, key: &Key, revision: Revision, record: StoredRecord, stamp: u64) {
        self.stamp = stamp;
        let before = self.said_at(key);
        self.derive(key, &before, &Said::by(&record, key));
        self.records.insert_mut(key.clone(), Entry { revision, stamp, record, memo: Memo::default() });
    }

    pub(crate) fn delete(&mut self, key: &Key, stamp: u64) {
        self.stamp = stamp;
        let before = self.said_at(key);
        self.derive(key, &before, &Said::default());
        self.records.remove_mut(key);
    }

    fn said_at(&self, key: &Key) -> Said {
        self.records.get(key).map_or_else(Said::default, |entry| Said::by(&entry.record, key))
    }

    /// Takes back what was said before and takes in what is said now, where they differ.
    fn derive(&mut self, key: &Key, before: &Said, now: &Said) {
        for (name, value) in before.index.iter().filter(|entry| !now.index.contains(entry)) {
            self.index.remove_mut(&(*name, value.clone(), key.clone()));
        }
        for (name, value) in now.index.iter().filter(|entry| !before.index.contains(entry)) {
            self.index.insert_mut((*name, value.clone(), key.clone()), ());
        }
        if before.tallies != now.tallies {
            before.tallies.iter().for_each(|(group, amount)| self.add(group, -amount));
            now.tallies.iter().for_each(|(group, amount)| self.add(group, *amount));
        }
        if before.numbers != now.numbers {
            before.numbers.iter().for_each(|(group, number)| self.numbers.give_back(group, *number));
            now.numbers.iter().for_each(|(group, number)| self.numbers.take(group, *number));
        }
    }

    fn add(&mut self, group: &Group, amount: i64) {
        match self.tallies.get(group).copied().unwrap_or_default() + amount {
            0 => {
                self.tallies.remove_mut(group);
            }
            sum => self.tallies.insert_mut(group.clone(), sum),
        }
    }

    pub(crate) fn tally(&self, scope: &Scope, name: &'static str, group: &str) -> i64 {
        self.tallies.get(&(name, in_scope(scope, group))).copied().unwrap_or_default()
    }

    pub(crate) fn first_free(&self, scope: &Scope, space: &'static str, group: &str, from: u64) -> u64 {
        self.numbers.first_free(&(space, in_scope(scope, group)), from)
    }

    /// The stamp of the record at `key`; 0 when there is none.
    pub(crate) fn stamp_of(&self, key: &Key) -> u64 {
        self.records.get(key).map_or(0, |entry| entry.stamp)
    }

    /// The keys of the records whose `index` has `value`.
    pub(crate) fn keys_found(
        &self,
        index: &'static str,
        value: Arc<str>,
    ) -> impl Iterator<Item = &Key> + use<'_> {
        let start: IndexKey = (index, value.clone(), Key::position(""));
        let entries = self.index.range(start..).map(|(entry, ())| entry);
        entries.take_while(move |(name, found, _)| *name == index && *found == value).map(|(_, _, key)| key)
    }

    /// Their stamps.
    pub(crate) fn stamps_found(
        &self,
        index: &'static str,
        value: &Arc<str>,
    ) -> impl Iterator<Item = u64> + use<'_> {
        self.keys_found(index, value.clone()).map(|key| self.stamp_of(key))
    }
}

/// The tables by kind, in the order of their names.
#[derive(Clone, Default)]
pub(crate) struct Tables(Vec<(&'static str, Arc<Table>)>);

impl Tables {
    pub(crate) fn new(kinds: impl Iterator<Item = &'static str>) -> Self {
        let kinds: BTreeSet<_> = kinds.collect();
        Self(kinds.into_iter().map(|kind| (kind, Arc::default())).collect())
    }

    pub(crate) fn place(&self, kind: &str) -> Option<usize> {
        self.0.binary_search_by(|(name, _)| (*name).cmp(kind)).ok()
    }

    pub(crate) fn get(&self, kind: &str) -> Option<&Table> {
        self.place(kind).map(|place| &*self.0[place].1)
    }

    pub(crate) fn at(&self, place: usize) -> Option<&Table> {
        self.0.get(place).map(|(_, table)| &**table)
    }

    /// For a change: the table is copied first if another view shares it.
    pub(crate) fn at_mut(&mut self, place: usize) -> Option<&mut Table> {
        self.0.get_mut(place).map(|(_, table)| Arc::make_mut(table))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Table> {
        self.0.iter().map(|(_, table)| &**table)
    }
}
