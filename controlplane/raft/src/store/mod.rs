//! Ordered key-value stores: the only way this crate touches a disk.
//!
//! The interface is as small as Raft needs: ordered reads, atomic batches with or without a sync, a consistent
//! image of everything (a snapshot to send), and replacing everything at once (a snapshot received). It is
//! synchronous; `on_disk` moves work to a thread that may block where the store really blocks.
//!
//! [`RocksStore`] is the real one. [`FaultyStore`] lives in memory, loses unsynced writes when its power is cut,
//! and fails on demand; the simulator runs on it. One battery of tests holds both to the same contract.

mod batch;
#[cfg(test)]
mod battery;
mod faulty;
mod rocks;

pub use batch::{Write, WriteBatch};
pub use faulty::{Faults, FaultyDisk, FaultyStore, Fuse};
pub use rocks::{Journal, RocksStore};

use controlplane_types::Runtime;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How far a write has to get before [`Store::write`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// Readable. A power cut may lose it, together with everything written after it.
    Buffered,
    /// On disk, with everything written before it.
    Synced,
}

/// Called with each key and value of a scan in order, until it breaks.
pub type Visitor<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>;

/// An ordered key-value store.
///
/// After a power cut a store holds the effect of a *prefix* of its writes that includes every synced one.
pub trait Store: Send + Sync + 'static {
    /// The value under `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits the keys from `from` (inclusive) to `to` (exclusive), ascending, as of one moment.
    fn scan(&self, from: &[u8], to: &[u8], visit: Visitor<'_>) -> Result<(), StoreError>;

    /// Carries out the whole batch or nothing.
    fn write(&self, batch: WriteBatch, durability: Durability) -> Result<(), StoreError>;

    /// Makes everything written so far durable.
    fn flush(&self) -> Result<(), StoreError>;

    /// A read-only image of this moment. Everything in it is durable when this returns.
    fn checkpoint(&self) -> Result<Arc<dyn Image>, StoreError>;

    /// Begins a full replacement beside the content, which stays as it is. Discards an earlier unadopted one.
    fn replacement(&self) -> Result<Box<dyn Replacement>, StoreError>;

    /// Swaps the content for the finished replacement, atomically and durably. `false` when there is none, as
    /// after a swap that had already happened before a crash.
    fn adopt(&self) -> Result<bool, StoreError>;

    /// Discards a finished replacement that nobody is going to adopt.
    fn discard_replacement(&self) -> Result<(), StoreError>;

    /// How often this store has waited for a disk since it was opened.
    fn syncs(&self) -> u64;

    /// Whether calls may block on a disk, and so belong on a thread of their own.
    fn blocks(&self) -> bool;

    /// Bytes that could still be written where this store lies; `None` when it cannot tell.
    fn free_bytes(&self) -> Option<u64> {
        None
    }

    /// How long the caller has to wait before its next write, in the caller's time: a memory store cannot block
    /// in virtual time, so a slow one says so here. Zero for real disks.
    fn delay(&self) -> Duration {
        Duration::ZERO
    }
}

/// A read-only view of a store at one moment.
pub trait Image: Send + Sync {
    /// As [`Store::scan`].
    fn scan(&self, from: &[u8], to: &[u8], visit: Visitor<'_>) -> Result<(), StoreError>;
}

/// A store's next content, invisible until [`Store::adopt`].
pub trait Replacement: Send {
    /// Adds to it.
    fn write(&mut self, batch: WriteBatch) -> Result<(), StoreError>;

    /// Makes it durable and ready to adopt. Dropping a replacement instead discards it.
    fn finish(self: Box<Self>) -> Result<(), StoreError>;
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder of the store.
    #[error("{action} {path}")]
    File {
        /// What was being done, as a verb.
        action: &'static str,
        /// The file or folder.
        path: String,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// RocksDB's own error.
    #[error("RocksDB: {0}")]
    Engine(String),
    /// The disk is full.
    #[error("the disk is full: {0}")]
    Full(String),
    /// What is stored contradicts itself.
    #[error("{0}")]
    Damaged(String),
    /// A newer program has written it.
    #[error(
        "{what} has format {found}, but this program reads formats up to {known}: start the version of hearth that \
         wrote it, or a newer one"
    )]
    Newer {
        /// The store, or the snapshot.
        what: String,
        /// Its format.
        found: u32,
        /// The newest format this program reads.
        known: u32,
    },
    /// Another failure on the way to the disk (or an injected one).
    #[error("{0}")]
    Unavailable(String),
}

impl From<StoreError> for std::io::Error {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::File { source, .. } => source.kind(),
            StoreError::Full(_) => std::io::ErrorKind::StorageFull,
            StoreError::Damaged(_) | StoreError::Newer { .. } => std::io::ErrorKind::InvalidData,
            StoreError::Engine(_) | StoreError::Unavailable(_) => std::io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// How to get a server with damaged data going again. Emptying the folder and starting under the same number would
/// look like a repair, but a member that has forgotten what it acknowledged can make the others lose it too.
pub(crate) const REPAIR: &str = "Replace this server: run `hearth server remove` for it on another one, then join it \
                                 again with an empty folder under a new number. If no majority of the others is left, \
                                 restore the cluster from a snapshot file. Do not empty the folder and start again \
                                 under the same number";

/// The two stores of one server.
#[derive(Clone)]
pub struct Stores {
    /// Vote and entries: every write that an answer depends on is synced.
    pub log: Arc<dyn Store>,
    /// Records and the applied index: no journal of its own, because the log is one.
    pub state: Arc<dyn Store>,
}

impl Stores {
    /// Opens (or creates) `log/` and `state/` in `folder`, both at once: most of the time goes into syncs, which they share.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let open = |name, journal| RocksStore::open(&folder.join(name), journal);
        let (log, state) = std::thread::scope(|scope| {
            let state = scope.spawn(|| open("state", Journal::Off));
            (open("log", Journal::On), state.join())
        });
        let state = state.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok(Self { log: Arc::new(log?), state: Arc::new(state?) })
    }

    /// Two fresh stores in memory, gone with the process.
    pub fn in_memory(seed: u64) -> Self {
        Self { log: FaultyDisk::new(seed).open(), state: FaultyDisk::new(seed.wrapping_add(1)).open() }
    }
}

/// Runs `work` on `store`, on a thread that may block if the store does, after the delay a slow store asks for.
pub(crate) async fn on_disk<T: Send + 'static>(
    store: &Arc<dyn Store>,
    runtime: &Arc<dyn Runtime>,
    work: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let delay = store.delay();
    if !delay.is_zero() {
        runtime.sleep(delay).await;
    }
    let blocks = store.blocks();
    let store = store.clone();
    off_thread(blocks, move || work(store.as_ref())).await
}

/// Runs `work` here or, if it `blocks`, on a thread that may.
pub(crate) async fn off_thread<T: Send + 'static>(
    blocks: bool,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    if !blocks {
        return work();
    }
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Unavailable(error.to_string()))?
}
