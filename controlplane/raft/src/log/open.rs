//! Reading the log at start, and deciding what is torn and what is damaged.
//!
//! Entries are checked in order. At the first one that is missing, unreadable or does not continue the chain, what
//! lies behind it decides: if any later entry is sound by itself, something *in front of* good entries was lost and
//! the server refuses to start, because going on would drop entries that were acknowledged. Otherwise it is the torn
//! end of the last write, which nobody was told about, and it is cut off. An end that lies below the recorded
//! committed index is never torn: that entry had been synced.

use super::record::{self, ANCHOR, Checksum, Frame};
use super::tail::Tail;
use super::writer::{QUEUE, Writer};
use super::{Gate, LogCounters, LogStore, Shared};
use crate::store::{Durability, REPAIR, Store, StoreError, WriteBatch};
use crate::types::{LogId, Vote};
use crate::wire::{self, LogIdRecord, VoteRecord};
use controlplane_types::Runtime;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// Opens the log in `store`, verifies it and starts its writer.
pub(crate) fn open(
    store: Arc<dyn Store>,
    runtime: Arc<dyn Runtime>,
    gate: Arc<dyn Gate>,
) -> Result<LogStore, StoreError> {
    let tail = Arc::new(Mutex::new(read(store.as_ref())?));
    let counters = Arc::new(LogCounters::default());
    let (jobs, queue) = mpsc::channel(QUEUE);
    let writer = Writer {
        store: store.clone(),
        runtime: runtime.clone(),
        tail: tail.clone(),
        jobs: queue,
        counters: counters.clone(),
    };
    runtime.spawn("log writer", Box::pin(writer.run()));
    Ok(LogStore { shared: Arc::new(Shared { store, runtime, gate, tail, jobs, counters }) })
}

pub(super) fn read(store: &dyn Store) -> Result<Tail, StoreError> {
    let purged: Option<record::PurgedRecord> = read_meta(store, record::PURGED)?;
    let vote: Option<VoteRecord> = read_meta(store, record::VOTE)?;
    let committed: Option<LogIdRecord> = read_meta(store, record::COMMITTED)?;
    let committed = committed.map(LogId::from);
    let mut check = Check {
        next: purged.as_ref().map_or(0, |purged| purged.id().index() + 1),
        checksum: purged.as_ref().map_or(ANCHOR, record::PurgedRecord::checksum),
        last: purged.as_ref().map(record::PurgedRecord::id),
        broken: None,
        sound_behind: None,
    };
    check.scan(store)?;
    check.verdict(store, committed)?;
    let mut tail = Tail::default();
    tail.purged = purged.map(|purged| purged.id());
    tail.last = check.last;
    tail.checksum = check.checksum;
    tail.vote = vote.map(Vote::from);
    tail.committed = committed;
    if let Some(last) = tail.last {
        tail.set_durable(last.index());
    }
    Ok(tail)
}

fn read_meta<T: for<'b> minicbor::Decode<'b, ()>>(
    store: &dyn Store,
    key: &[u8],
) -> Result<Option<T>, StoreError> {
    let Some(bytes) = store.get(key)? else {
        return Ok(None);
    };
    let decoded = wire::decode("record", &bytes);
    decoded.map(Some).map_err(|error| {
        let key = String::from_utf8_lossy(key);
        StoreError::Damaged(format!("log/ is damaged: {key}: {error}. {REPAIR}"))
    })
}

struct Check {
    /// The index that has to come next.
    next: u64,
    /// Of the last good entry.
    checksum: Checksum,
    last: Option<LogId>,
    /// Why the chain ends at `next`.
    broken: Option<&'static str>,
    /// The first good entry behind the break.
    sound_behind: Option<u64>,
}

impl Check {
    fn scan(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        let from = record::entry_key(self.next);
        let mut visit = |key: &[u8], value: &[u8]| {
            let Some(index) = record::entry_index(key) else {
                return ControlFlow::Continue(());
            };
            self.entry(index, value)
        };
        store.scan(&from, record::ENTRIES_END, &mut visit)
    }

    fn entry(&mut self, index: u64, bytes: &[u8]) -> ControlFlow<()> {
        let frame = Frame::parse(bytes).filter(|frame| frame.is_sound(index));
        if self.broken.is_some() {
            return self.behind_the_break(index, frame.is_some());
        }
        let entry = frame.as_ref().and_then(|frame| frame.entry().ok());
        let (broken, sound) = match (frame, entry) {
            (Some(frame), Some(entry)) if index == self.next && frame.previous == self.checksum => {
                self.next += 1;
                self.checksum = frame.own;
                self.last = Some(entry.log_id);
                return ControlFlow::Continue(());
            }
            (Some(_), Some(_)) if index != self.next => ("is missing", true),
            (Some(_), Some(_)) => ("does not continue the chain of checksums", true),
            _ => ("does not match its checksum", false),
        };
        self.broken = Some(broken);
        self.behind_the_break(index, sound)
    }

    fn behind_the_break(&mut self, index: u64, sound: bool) -> ControlFlow<()> {
        if !sound {
            return ControlFlow::Continue(());
        }
        self.sound_behind = Some(index);
        ControlFlow::Break(())
    }

    /// Cuts a torn tail; refuses anything worse.
    fn verdict(&self, store: &dyn Store, committed: Option<LogId>) -> Result<(), StoreError> {
        let broken = self.broken.unwrap_or("is missing");
        if let Some(sound) = self.sound_behind {
            return Err(StoreError::Damaged(format!(
                "log/ is damaged: entry {} {broken}, but entry {sound} behind it is good. Entries that this server acknowledged are lost. {REPAIR}",
                self.next
            )));
        }
        if let Some(committed) = committed.filter(|committed| committed.index() >= self.next) {
            return Err(StoreError::Damaged(format!(
                "log/ is damaged: entry {} {broken}, but entries up to {} were committed. Entries that this server acknowledged are lost. {REPAIR}",
                self.next,
                committed.index()
            )));
        }
        match self.broken {
            Some(_) => self.cut(store),
            None => Ok(()),
        }
    }

    fn cut(&self, store: &dyn Store) -> Result<(), StoreError> {
        tracing::warn!(
            first = self.next,
            "cutting the torn end of the log: nobody was told of these entries"
        );
        let mut batch = WriteBatch::default();
        batch.delete_range(record::entry_key(self.next), record::ENTRIES_END);
        store.write(batch, Durability::Synced)
    }
}
