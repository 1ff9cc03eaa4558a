//! Group commit: one task writes whatever waits, with one sync.

use super::lock;
use super::tail::Tail;
use crate::store::{Durability, Store, WriteBatch, on_disk};
use crate::types::Types;
use controlplane_types::Runtime;
use openraft::storage::IOFlushed;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};

/// Jobs that may wait. openraft waits when the queue is full.
pub(super) const QUEUE: usize = 1024;

/// A group is closed when it holds this much, so that one sync does not grow without bound.
const GROUP_BYTES: usize = 16 << 20;

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
    /// Nobody.
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

struct Group {
    batch: WriteBatch,
    durability: Durability,
    waiting: Vec<Done>,
}

impl Writer {
    /// Runs until the log's last handle is dropped.
    pub(super) async fn run(mut self) {
        // After a failed write the disk's content is unknown and later entries would leave a hole: every later job
        // fails with the same reason, until the server is restarted and looks at the disk afresh.
        let mut failed: Option<String> = None;
        while let Some(first) = self.jobs.recv().await {
            let group = self.gather(first);
            if failed.is_none() {
                failed = self.write(group.batch, group.durability).await.err();
            }
            for done in group.waiting {
                self.tell(done, &failed);
            }
        }
    }

    fn gather(&mut self, first: Job) -> Group {
        let mut group = Group { batch: first.batch, durability: first.durability, waiting: vec![first.done] };
        while group.batch.bytes() < GROUP_BYTES {
            let Ok(job) = self.jobs.try_recv() else { break };
            group.batch.append(job.batch);
            group.durability = group.durability.max(job.durability);
            group.waiting.push(job.done);
        }
        group
    }

    async fn write(&self, batch: WriteBatch, durability: Durability) -> Result<(), String> {
        let bytes = batch.bytes() as u64;
        on_disk(&self.store, &self.runtime, move |store| store.write(batch, durability))
            .await
            .map_err(|error| error.to_string())?;
        self.counters.bytes.fetch_add(bytes, Ordering::Relaxed);
        if durability == Durability::Synced {
            self.counters.synced_groups.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn tell(&self, done: Done, failed: &Option<String>) {
        let result = match failed {
            Some(reason) => Err(io::Error::other(reason.clone())),
            None => Ok(()),
        };
        match done {
            Done::Appended(flushed, last) => {
                self.counters.appends.fetch_add(1, Ordering::Relaxed);
                if let (Ok(()), Some(last)) = (&result, last) {
                    lock(&self.tail).set_durable(last);
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
