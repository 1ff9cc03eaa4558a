//! openraft's view of the log.

use super::record::{self, ANCHOR, Checksum, Frame};
use super::tail::Tail;
use super::writer::{Done, Job};
use super::{LogStore, lock};
use crate::store::{Durability, StoreError, WriteBatch, on_disk};
use crate::types::{Entry, LogId, Types, Vote};
use crate::wire::{self, LogIdRecord, VoteRecord};
use openraft::RaftLogReader;
use openraft::storage::{IOFlushed, LogState, RaftLogStorage};
use std::fmt::Debug;
use std::io;
use std::ops::{Bound, ControlFlow, RangeBounds};
use std::sync::atomic::Ordering;
use tokio::sync::oneshot;

/// What one message to a follower may hold at most, beyond its first entry.
const READ_BYTES: usize = 4 << 20;

impl RaftLogReader<Types> for LogStore {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + Send>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry>, io::Error> {
        let (start, end) = bounds(&range);
        self.read(start, end, usize::MAX).await
    }

    async fn read_vote(&mut self) -> Result<Option<Vote>, io::Error> {
        Ok(lock(&self.shared.tail).vote)
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> Result<Vec<Entry>, io::Error> {
        self.read(start, end, READ_BYTES).await
    }
}

impl RaftLogStorage<Types> for LogStore {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<Types>, io::Error> {
        let tail = lock(&self.shared.tail);
        Ok(LogState { last_purged_log_id: tail.purged, last_log_id: tail.last })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<(), io::Error> {
        let mut batch = WriteBatch::default();
        batch.put(record::VOTE, wire::encode(&VoteRecord::from(*vote)));
        self.write_and_wait(batch, Durability::Synced).await?;
        lock(&self.shared.tail).vote = Some(*vote);
        Ok(())
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> Result<(), io::Error> {
        let Some(committed) = committed else { return Ok(()) };
        lock(&self.shared.tail).committed = Some(committed);
        let mut batch = WriteBatch::default();
        batch.put(record::COMMITTED, wire::encode(&LogIdRecord::from(committed)));
        self.queue(Job { batch, durability: Durability::Buffered, done: Done::Unobserved }).await
    }

    async fn read_committed(&mut self) -> Result<Option<LogId>, io::Error> {
        Ok(lock(&self.shared.tail).committed)
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<Types>) -> Result<(), io::Error>
    where
        I: IntoIterator<Item = Entry> + Send,
        I::IntoIter: Send,
    {
        let (batch, last) = self.push(entries);
        let done = Done::Appended(callback, last);
        self.queue(Job { batch, durability: Durability::Synced, done }).await
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> Result<(), io::Error> {
        let next = last.map_or(0, |last| last.index() + 1);
        if next >= lock(&self.shared.tail).next_index() {
            return Ok(());
        }
        let checksum = self.checksum_after_truncating(last)?;
        lock(&self.shared.tail).truncate(last, checksum);
        let mut batch = WriteBatch::default();
        batch.delete_range(record::entry_key(next), record::ENTRIES_END);
        self.write_and_wait(batch, Durability::Synced).await
    }

    async fn purge(&mut self, purged: LogId) -> Result<(), io::Error> {
        self.shared.gate.ensure_durable(purged.index()).await?;
        let Some(checksum) = self.checksum_of_purged(purged.index())? else {
            return Ok(());
        };
        lock(&self.shared.tail).purge(purged);
        let mut batch = WriteBatch::default();
        batch.put(record::PURGED, wire::encode(&record::PurgedRecord::new(purged, checksum)));
        batch.delete_range(record::entry_key(0), record::entry_key(purged.index() + 1));
        // Not synced: entries that come back after a power cut are purged again.
        self.write_and_wait(batch, Durability::Buffered).await
    }
}

fn bounds(range: &impl RangeBounds<u64>) -> (u64, u64) {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(start) => start.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(end) => end.saturating_add(1),
        Bound::Excluded(end) => *end,
        Bound::Unbounded => u64::MAX,
    };
    (start, end)
}

impl LogStore {
    fn push(&self, entries: impl IntoIterator<Item = Entry>) -> (WriteBatch, Option<u64>) {
        let mut batch = WriteBatch::default();
        let mut tail = lock(&self.shared.tail);
        for entry in entries {
            let (bytes, checksum) = record::frame(&entry, &tail.checksum);
            self.shared.counters.entries.fetch_add(1, Ordering::Relaxed);
            let size = bytes.len();
            batch.put(record::entry_key(entry.log_id.index()), bytes);
            tail.push(entry, checksum, size);
        }
        (batch, tail.last.map(|last| last.index()))
    }

    async fn queue(&self, job: Job) -> io::Result<()> {
        self.shared.jobs.send(job).await.map_err(|_| io::Error::other("the log's writer has stopped"))
    }

    async fn write_and_wait(&self, batch: WriteBatch, durability: Durability) -> io::Result<()> {
        let (done, written) = oneshot::channel();
        self.queue(Job { batch, durability, done: Done::Waiting(done) }).await?;
        written.await.map_err(|_| io::Error::other("the log's writer has stopped"))?
    }

    /// The checksum of the entry at `index`, which is in memory or on disk.
    fn checksum_at(&self, index: u64) -> io::Result<Checksum> {
        if let Some(checksum) = lock(&self.shared.tail).checksum_at(index) {
            return Ok(checksum);
        }
        let bytes = self.shared.store.get(&record::entry_key(index))?;
        let frame = bytes.as_deref().and_then(Frame::parse);
        frame.map(|frame| frame.own).ok_or_else(|| missing(index).into())
    }

    /// What the first entry behind `index` follows; `None` when the log was already purged that far.
    fn checksum_of_purged(&self, index: u64) -> io::Result<Option<Checksum>> {
        let (purged, first, next) = {
            let tail = lock(&self.shared.tail);
            (tail.purged, tail.first_index(), tail.next_index())
        };
        match index {
            _ if purged.is_some_and(|purged| index <= purged.index()) => Ok(None),
            _ if index < first || index + 1 >= next => Ok(Some(ANCHOR)),
            _ => self.checksum_at(index).map(Some),
        }
    }

    fn checksum_after_truncating(&self, last: Option<LogId>) -> io::Result<Checksum> {
        let Some(last) = last else { return Ok(ANCHOR) };
        let purged = lock(&self.shared.tail).purged;
        if purged.is_none_or(|purged| last.index() > purged.index()) {
            return self.checksum_at(last.index());
        }
        let bytes = self.shared.store.get(record::PURGED)?.unwrap_or_default();
        Ok(wire::decode::<record::PurgedRecord>("purged", &bytes)?.checksum())
    }

    /// Whether the entry `id` is in this log. A purged one is not, but for the newest of them.
    pub(crate) async fn holds(&self, id: LogId) -> io::Result<bool> {
        if lock(&self.shared.tail).purged == Some(id) {
            return Ok(true);
        }
        let found = self.read(id.index(), id.index().saturating_add(1), 0).await?;
        Ok(found.first().is_some_and(|entry| entry.log_id == id))
    }

    /// Entries from `start` up to `end` (exclusive); stops early beyond `limit` bytes, but never before the first.
    async fn read(&self, start: u64, end: u64, limit: usize) -> io::Result<Vec<Entry>> {
        let mut kept = Limited { entries: Vec::new(), bytes: 0, limit };
        let (start, end, first_kept) = {
            let tail = lock(&self.shared.tail);
            let (start, end) = (start.max(tail.first_index()), end.min(tail.next_index()));
            kept.add_kept(&tail, start, end);
            (start, end, tail.first_kept())
        };
        let mut found = kept;
        if start < end.min(first_kept) {
            let older = self.read_from_disk(start, end.min(first_kept), limit).await?;
            found = older.followed_by(found);
        }
        self.check(found.entries, start, end)
    }

    async fn read_from_disk(&self, start: u64, end: u64, limit: usize) -> io::Result<Limited> {
        let read = move |store: &dyn crate::store::Store| {
            let mut found = Limited { entries: Vec::new(), bytes: 0, limit };
            let mut visit = |key: &[u8], value: &[u8]| found.visit(key, value);
            store.scan(&record::entry_key(start), &record::entry_key(end), &mut visit)?;
            Ok(found)
        };
        Ok(on_disk(&self.shared.store, &self.shared.runtime, read).await?)
    }

    /// Refuses a run with a hole. What was purged or truncated while it was read may be absent.
    fn check(&self, entries: Vec<Entry>, start: u64, end: u64) -> io::Result<Vec<Entry>> {
        let (start, end) = {
            let tail = lock(&self.shared.tail);
            (start.max(tail.first_index()), end.min(tail.next_index()))
        };
        let entries: Vec<_> = entries.into_iter().filter(|entry| entry.log_id.index() >= start).collect();
        if entries.is_empty() && start < end {
            return Err(missing(start).into());
        }
        match entries.iter().zip(start..).find(|(entry, expected)| entry.log_id.index() != *expected) {
            Some((_, expected)) => Err(missing(expected).into()),
            None => Ok(entries),
        }
    }
}

fn missing(index: u64) -> StoreError {
    StoreError::Damaged(format!("log/ is damaged: entry {index} cannot be read"))
}

/// Entries read so far.
struct Limited {
    entries: Vec<Entry>,
    bytes: usize,
    limit: usize,
}

impl Limited {
    fn is_full(&self) -> bool {
        self.bytes >= self.limit && !self.entries.is_empty()
    }

    fn visit(&mut self, key: &[u8], value: &[u8]) -> ControlFlow<()> {
        if self.is_full() {
            return ControlFlow::Break(());
        }
        let index = record::entry_index(key);
        let sound = index.and_then(|index| Frame::parse(value).filter(|frame| frame.is_sound(index)));
        // An unreadable entry ends the run; `check` or openraft notices the hole.
        let Some(entry) = sound.and_then(|frame| frame.entry().ok()) else {
            return ControlFlow::Break(());
        };
        self.bytes += value.len();
        self.entries.push(entry);
        ControlFlow::Continue(())
    }

    fn add_kept(&mut self, tail: &Tail, start: u64, end: u64) {
        for (entry, bytes) in tail.kept(start, end) {
            if self.is_full() {
                return;
            }
            self.bytes += bytes;
            self.entries.push(entry.clone());
        }
    }

    /// This run, then as much of `later` as the limit allows.
    fn followed_by(mut self, later: Limited) -> Self {
        if !self.is_full() {
            self.entries.extend(later.entries);
        }
        self
    }
}
