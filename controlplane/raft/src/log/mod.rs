//! The log on disk: vote and entries in the `log/` store.
//!
//! - **One sync per group.** Appends, votes and truncations become jobs of one queue; [`writer`] takes whatever
//!   waits, writes it as one atomic batch and syncs once. openraft is told "flushed" only after that sync, and it
//!   counts a server towards a majority only when told so. While a sync runs, the next group gathers.
//! - **A checksummed chain.** Every entry carries the checksum of its predecessor ([`record`]), so [`open`] can tell
//!   a torn tail (cut off) from damage in front of good entries (refuses to start).
//! - **Reading does not wait for the disk.** openraft reads entries back as soon as `append` returns; [`tail`] keeps
//!   the newest ones in memory.
//! - **Purging waits for `state/`.** An entry may go only when its effect is durable there ([`Gate`]).
//!
//! What readers get wrong: the committed index is saved *without* a sync. It only tells a restarting server how far
//! it may apply before it hears from a leader; an old value is merely slower.

mod open;
mod record;
mod recovery;
mod storage;
mod tail;
mod writer;

pub(crate) use open::open;
#[cfg(test)]
pub(crate) use record::entry_key;
pub use record::identity::Identity;
pub(crate) use record::{identity, intent};
pub(crate) use recovery::{AtRest, at_rest};
pub(crate) use writer::LogCounters;

use crate::store::Store;
use crate::types::LogId;
use controlplane_types::{BoxFuture, Runtime};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tail::Tail;
use tokio::sync::mpsc;
use writer::Job;

/// Asked before entries are purged.
pub(crate) trait Gate: Send + Sync {
    /// Returns once the effect of every entry up to `index` is durable.
    fn ensure_durable(&self, index: u64) -> BoxFuture<io::Result<()>>;
}

/// openraft's log storage, and its reader: both are handles on the same log.
#[derive(Clone)]
pub(crate) struct LogStore {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn Store>,
    runtime: Arc<dyn Runtime>,
    gate: Arc<dyn Gate>,
    tail: Arc<Mutex<Tail>>,
    jobs: mpsc::Sender<Job>,
    counters: Arc<LogCounters>,
}

fn lock(tail: &Mutex<Tail>) -> MutexGuard<'_, Tail> {
    tail.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LogStore {
    /// Counts what the log did.
    pub(crate) fn counters(&self) -> Arc<LogCounters> {
        self.shared.counters.clone()
    }

    /// The newest entry that has reached the disk, if it is known.
    pub(crate) fn durable_last(&self) -> Option<LogId> {
        lock(&self.shared.tail).durable_last()
    }
}

#[cfg(test)]
pub(crate) mod tests;
