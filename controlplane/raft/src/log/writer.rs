//! Group commit: one task writes whatever waits, with one sync.
//!
//! Notes (the committed index) never cause a write of their own while entries keep coming: they ride with the next group, and
//! a newer note replaces one that still waits. A write per note would double the writes of a busy log and stand in the
//! way of the entries behind it.
//!
//! Whoever waits for a group is told by the thread that wrote it, before this task wakes up: between the disk and openraft
//! lies one change of threads, not two.

use super::lock;
use super::tail::Tail;
use crate::store::{Durability, Store, WriteBatch, on_disk};
use crate::types::Types;
use controlplane_types::Runtime;
use openraft::storage::IOFlushed;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Jobs that may wait. openraft waits when the queue is full.
pub(super) const QUEUE: usize = 1024;

/// A group is closed when it holds this much, so that one sync does not grow without bound.
const GROUP_BYTES: usize = 16 << 20;

/// A note that no entries took along is written by itself after this long.
const NOTE_WAITS: Duration = Duration::from_millis(20);

/// A write of the log and who waits for it.
pub(super) struct Job {
    pub(super) batch: WriteBatch,
    pub(super) durability: Durability,
    pub(super) done: Done,
}

/// Who learns that a job has reached the disk.
pub(super) enum Done {
    /// openraft, for entries up to this index.
    Appended(IOFlushed<Types>, Option<u64>),
    /// A caller waiting for the result.
    Waiting(oneshot::Sender<io::Result<()>>),
    /// Nobody: a note, which the next note makes superfluous.
    Unobserved,
}

/// What the log did since it was opened.
#[derive(Debug, Default)]
pub(crate) struct LogCounters {
    /// Groups written with a sync.
    pub(crate) synced_groups: AtomicU64,
    /// Appends in those groups.
    pub(crate) appends: AtomicU64,
    /// Entries appended.
    pub(crate) entries: AtomicU64,
    /// Bytes written.
    pub(crate) bytes: AtomicU64,
}

pub(super) struct Writer {
    pub(super) store: Arc<dyn Store>,
    pub(super) runtime: Arc<dyn Runtime>,
    pub(super) tail: Arc<Mutex<Tail>>,
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) counters: Arc<LogCounters>,
}

#[derive(Default)]
struct Group {
    batch: WriteBatch,
    synced: bool,
    waiting: Vec<Done>,
    /// The newest note, which goes last.
    note: Option<WriteBatch>,
}

impl Group {
    fn add(&mut self, job: Job) {
        if let Done::Unobserved = job.done {
            self.note = Some(job.batch);
            return;
        }
        self.batch.append(job.batch);
        self.synced |= job.durability == Durability::Synced;
        self.waiting.push(job.done);
    }

    fn has_room(&self) -> bool {
        self.batch.bytes() < GROUP_BYTES
    }
}

impl Writer {
    /// Runs until the log's last handle is dropped.
    pub(super) async fn run(mut self) {
        // After a failed write the disk's content is unknown and later entries would leave a hole: every later job
        // fails with the same reason, until the server is restarted and looks at the disk afresh.
        let mut failed: Option<String> = None;
        while let Some(group) = self.gather().await {
            match failed.clone() {
                Some(reason) => tell(group.waiting, &Err(reason), &self.tail, &self.counters),
                None => failed = self.write(group).await.err(),
            }
        }
    }

    /// Whatever waits, once there is more than a note or the note has waited long enough.
    async fn gather(&mut self) -> Option<Group> {
        let mut group = Group::default();
        group.add(self.jobs.recv().await?);
        while group.waiting.is_empty() {
            match self.runtime.within(NOTE_WAITS, self.jobs.recv()).await {
                Some(Some(job)) => group.add(job),
                Some(None) | None => break,
            }
        }
        while group.has_room() {
            let Ok(job) = self.jobs.try_recv() else { break };
            group.add(job);
        }
        Some(group)
    }

    async fn write(&self, group: Group) -> Result<(), String> {
        let Group { mut batch, synced, waiting, note } = group;
        batch.append(note.unwrap_or_default());
        let durability = if synced { Durability::Synced } else { Durability::Buffered };
        let (tail, counters) = (self.tail.clone(), self.counters.clone());
        let write = move |store: &dyn Store| {
            let bytes = batch.bytes() as u64;
            let result = store.write(batch, durability).map_err(|error| error.to_string());
            if result.is_ok() {
                counters.bytes.fetch_add(bytes, Ordering::Relaxed);
                counters.synced_groups.fetch_add(u64::from(synced), Ordering::Relaxed);
            }
            tell(waiting, &result, &tail, &counters);
            Ok(result)
        };
        on_disk(&self.store, &self.runtime, write).await.map_err(|error| error.to_string())?
    }
}

fn tell(waiting: Vec<Done>, result: &Result<(), String>, tail: &Mutex<Tail>, counters: &LogCounters) {
    for done in waiting {
        let result = result.clone().map_err(io::Error::other);
        match done {
            Done::Appended(flushed, last) => {
                counters.appends.fetch_add(1, Ordering::Relaxed);
                if let (Ok(()), Some(last)) = (&result, last) {
                    lock(tail).set_durable(last);
                }
                flushed.io_completed(result);
            }
            Done::Waiting(waiting) => {
                // The caller may have been dropped.
                let _ = waiting.send(result);
            }
            Done::Unobserved => {}
        }
    }
}
