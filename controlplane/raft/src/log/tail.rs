//! What the log is right now, in memory: ids, vote, and the newest entries.

use super::record::{ANCHOR, Checksum};
use crate::types::{Entry, LogId, Vote};
use std::collections::BTreeMap;

/// Entries already on disk are forgotten beyond this many bytes.
const KEPT_BYTES: usize = 32 << 20;

/// The log as openraft sees it. Runs ahead of the disk by the jobs that are queued.
#[derive(Default)]
pub(super) struct Tail {
    pub(super) purged: Option<LogId>,
    /// The newest entry or, when all are purged, the newest purged one.
    pub(super) last: Option<LogId>,
    /// Of `last`.
    pub(super) checksum: Checksum,
    pub(super) vote: Option<Vote>,
    pub(super) committed: Option<LogId>,
    /// Where an empty log was begun: 0, except in openraft's test suite.
    first: u64,
    /// A contiguous run that ends at `last`.
    kept: BTreeMap<u64, Kept>,
    kept_bytes: usize,
    /// Entries up to here are on disk.
    durable: Option<u64>,
}

struct Kept {
    entry: Entry,
    checksum: Checksum,
    bytes: usize,
}

impl Tail {
    /// Adds an entry that took `bytes` on disk.
    pub(super) fn push(&mut self, entry: Entry, checksum: Checksum, bytes: usize) {
        if self.last.is_none() {
            self.first = entry.log_id.index();
        }
        self.last = Some(entry.log_id);
        self.checksum = checksum;
        self.kept_bytes += bytes;
        self.kept.insert(entry.log_id.index(), Kept { entry, checksum, bytes });
    }

    /// The first index held in memory; beyond the last one when none is.
    pub(super) fn first_kept(&self) -> u64 {
        self.kept.first_key_value().map_or_else(|| self.next_index(), |(index, _)| *index)
    }

    /// The index the next entry will have.
    pub(super) fn next_index(&self) -> u64 {
        self.last.map_or(0, |last| last.index() + 1)
    }

    /// The first index that is not purged.
    pub(super) fn first_index(&self) -> u64 {
        self.purged.map_or(self.first, |purged| purged.index() + 1)
    }

    /// Entries in memory from `start` up to `end` (exclusive), with their sizes.
    pub(super) fn kept(&self, start: u64, end: u64) -> impl Iterator<Item = (&Entry, usize)> {
        self.kept.range(start..end.max(start)).map(|(_, kept)| (&kept.entry, kept.bytes))
    }

    /// The checksum of the entry at `index`, when it is in memory.
    pub(super) fn checksum_at(&self, index: u64) -> Option<Checksum> {
        self.kept.get(&index).map(|kept| kept.checksum)
    }

    /// Forgets the entries behind `last`, which has `checksum`.
    pub(super) fn truncate(&mut self, last: Option<LogId>, checksum: Checksum) {
        let next = last.map_or(0, |last| last.index() + 1);
        let gone = self.kept.split_off(&next);
        self.kept_bytes -= gone.values().map(|kept| kept.bytes).sum::<usize>();
        self.last = last;
        self.checksum = checksum;
        self.durable = self.durable.min(last.map(|last| last.index()));
    }

    /// Forgets the entries up to `purged`.
    pub(super) fn purge(&mut self, purged: LogId) {
        let rest = self.kept.split_off(&(purged.index() + 1));
        self.kept = rest;
        self.kept_bytes = self.kept.values().map(|kept| kept.bytes).sum();
        self.purged = Some(purged);
        if self.last.is_none_or(|last| last.index() <= purged.index()) {
            self.last = Some(purged);
            self.checksum = ANCHOR;
        }
    }

    /// The newest entry that has reached the disk, if it is known.
    pub(super) fn durable_last(&self) -> Option<LogId> {
        let durable = self.durable?;
        match self.last {
            Some(last) if last.index() == durable => Some(last),
            _ => self.kept.get(&durable).map(|kept| kept.entry.log_id),
        }
    }

    /// Entries up to `index` have reached the disk.
    pub(super) fn set_durable(&mut self, index: u64) {
        self.durable = self.durable.max(Some(index)).min(self.last.map(|last| last.index()));
        while self.kept_bytes > KEPT_BYTES {
            let Some(oldest) = self.kept.first_entry() else {
                return;
            };
            if Some(*oldest.key()) > self.durable {
                return;
            }
            self.kept_bytes -= oldest.remove().bytes;
        }
    }
}
