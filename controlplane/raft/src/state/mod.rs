//! The state machine: applies batches to the `state/` store. It knows no business rule: it writes what the leader
//! decided, so servers of different versions cannot drift apart.
//!
//! Every entry's effect and its index are one atomic write, and the store flushes in write order, so whatever moment
//! a crash leaves behind, the records are exactly those of the applied index beside them. There is no sync per
//! entry: until the store flushes, the log is what makes an entry durable, and [`Gate`](crate::log::Gate) keeps the
//! log from forgetting it earlier.
//!
//! ```text
//! record/<key>                                  a record
//! meta/applied  meta/membership  meta/chain     where the records stand
//! meta/format                                   how all this is written
//! ```

mod feed;
mod image;
mod machine;
mod snapshot;
mod transfers;

pub use feed::{Event, Subscription};
pub use image::{Part, Standing, StateImage};
pub(crate) use machine::{StateMachine, finish_swap};
pub(crate) use snapshot::{Received, SnapshotData, Taken, receive, send};
pub(crate) use transfers::Transfers;

use crate::batch::{BatchId, Change};
use crate::log::Gate;
use crate::store::{REPAIR, Store, StoreError, Visitor, on_disk};
use crate::types::{LogId, StoredMembership};
use crate::wire::{self, LogIdRecord, SnapshotId, StoredMembershipRecord, TransferPoint};
use controlplane_types::{BoxFuture, Runtime, Timestamp};
use minicbor::{Decode, Encode};
use snapshot::Receiving;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, broadcast, watch};

const APPLIED: &[u8] = b"meta/applied";
const MEMBERSHIP: &[u8] = b"meta/membership";
const CHAIN: &[u8] = b"meta/chain";
const RECORD: &[u8] = b"record/";

/// Everything in the store lies between these two.
const FIRST: &[u8] = b"meta/";
const END: &[u8] = b"record0";

/// The first key behind `meta/`.
const META_END: &[u8] = b"meta0";

/// Events a subscriber may be behind before it has to reload.
const FEED: usize = 512;

/// The record holding the cluster's id.
pub const CLUSTER_ID_KEY: &str = "hearth/global/cluster/id";

/// The record holding the newest record format that every member understands, as a decimal number.
pub const CLUSTER_VERSION_KEY: &str = "hearth/global/cluster/version";

/// The changes with which a new cluster names itself. They are ordinary changes of reserved keys, so that they are
/// replicated, subscribed to and part of snapshots like everything else.
pub fn cluster_changes(cluster: &str, version: u32) -> Vec<Change> {
    let change = |key: &str, value: String| Change { key: key.to_owned(), value: Some(value.into_bytes()) };
    vec![change(CLUSTER_ID_KEY, cluster.to_owned()), change(CLUSTER_VERSION_KEY, version.to_string())]
}

/// What the cluster says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterRecord {
    /// As in every server's configuration.
    pub id: String,
    /// The newest record format that may be written.
    pub version: u32,
}

/// All records at one applied index, in memory. Who expects many of them streams instead ([`Standing`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The index of the newest applied entry; 0 when there is none.
    pub applied: u64,
    /// The newest applied batch: the predecessor a new leadership's first batch has to name.
    pub last: BatchId,
    /// That batch's `now`.
    pub now: Timestamp,
    /// Ordered by key.
    pub records: Vec<(String, Vec<u8>)>,
}

/// The newest applied batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
struct Chain {
    #[n(0)]
    newest: BatchId,
    #[n(1)]
    now: Timestamp,
}

/// How far this server has applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The newest applied entry.
    pub(crate) applied: u64,
    /// The newest leadership whose first entry was applied since the start: its term, and that entry.
    pub(crate) term_start: Option<(u64, u64)>,
    /// Nothing more will be applied.
    pub(crate) stopped: bool,
}

/// The `state/` store and everything that watches it.
pub(crate) struct StateStore {
    store: Arc<dyn Store>,
    /// Where the intent to swap is recorded.
    log: Arc<dyn Store>,
    runtime: Arc<dyn Runtime>,
    position: Mutex<Position>,
    /// Entries up to here are durable in the store.
    durable: AtomicU64,
    progress: watch::Sender<Progress>,
    feed: broadcast::Sender<Event>,
    receiving: Receiving,
    /// Snapshots on their way from here.
    transfers: Arc<Transfers>,
    images: AtomicU64,
    growth: Growth,
}

/// How much was applied since the last image.
#[derive(Default)]
struct Growth {
    bytes: AtomicU64,
    limit: AtomicU64,
    exceeded: Notify,
}

/// Where the records stand.
#[derive(Clone, Default)]
struct Position {
    applied: Option<LogId>,
    membership: StoredMembership,
    chain: Chain,
    /// The image that is sent to servers too far behind for the log.
    snapshot: Option<Taken>,
}

impl StateStore {
    pub(crate) fn open(
        store: Arc<dyn Store>,
        log: Arc<dyn Store>,
        runtime: Arc<dyn Runtime>,
    ) -> Result<Arc<Self>, StoreError> {
        let position = read_position(store.as_ref())?;
        let applied = position.applied.map_or(0, |applied| applied.index());
        let progress = Progress { applied, ..Progress::default() };
        Ok(Arc::new(Self {
            store,
            log,
            runtime,
            position: Mutex::new(position),
            // What is readable right after opening came from disk.
            durable: AtomicU64::new(applied),
            progress: watch::Sender::new(progress),
            feed: broadcast::Sender::new(FEED),
            receiving: Receiving::new(),
            transfers: Arc::default(),
            images: AtomicU64::new(0),
            growth: Growth::default(),
        }))
    }

    /// The membership in `store`, before anything is opened.
    pub(crate) fn stored_membership(store: &dyn Store) -> Result<StoredMembership, StoreError> {
        Ok(read_position(store)?.membership)
    }

    /// Behind what the sender of a snapshot may go on.
    pub(crate) fn transfer_point(&self, id: &SnapshotId) -> TransferPoint {
        self.receiving.point(id)
    }

    pub(crate) fn transfers(&self) -> Arc<Transfers> {
        self.transfers.clone()
    }

    /// Completes when `limit` bytes of changes were applied since the last image; returns the index of that image, 0
    /// when there is none, or `None` when nothing more will be applied.
    pub(crate) async fn grown(&self, limit: u64) -> Option<u64> {
        self.growth.limit.store(limit, Ordering::Relaxed);
        let mut progress = self.progress();
        tokio::select! {
            biased;
            _ = progress.wait_for(|progress| progress.stopped) => return None,
            () = self.growth.exceeded.notified() => {}
        }
        let position = self.position();
        let last = position.snapshot.as_ref().and_then(|taken| taken.meta.last_log_id);
        Some(last.map_or(0, |last| last.index()))
    }

    fn grow(&self, bytes: u64) {
        let limit = self.growth.limit.load(Ordering::Relaxed);
        let before = self.growth.bytes.fetch_add(bytes, Ordering::Relaxed);
        // Zero: nobody has asked yet.
        if limit > 0 && before + bytes >= limit {
            self.growth.exceeded.notify_one();
        }
    }

    fn position(&self) -> MutexGuard<'_, Position> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Tells everyone who waits that nothing more will be applied.
    pub(crate) fn stop(&self) {
        self.progress.send_modify(|progress| progress.stopped = true);
    }

    pub(crate) fn has_applied(&self) -> bool {
        self.position().applied.is_some()
    }

    pub(crate) fn subscribe(&self) -> Subscription {
        Subscription::new(self.feed.subscribe(), self.progress.subscribe())
    }

    pub(crate) async fn record(&self, key: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        on_disk(&self.store, &self.runtime, move |store| store.get(&record_key(key))).await
    }

    /// Makes everything applied so far durable.
    pub(crate) async fn flush(&self) -> Result<(), StoreError> {
        let applied = self.progress.borrow().applied;
        on_disk(&self.store, &self.runtime, |store| store.flush()).await?;
        self.durable.fetch_max(applied, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Relaxed)
    }

    async fn ensure_durable(self: Arc<Self>, index: u64) -> io::Result<()> {
        if self.durable() < index {
            self.flush().await?;
        }
        match self.durable() < index {
            true => Err(io::Error::other(format!(
                "refusing to purge the log up to {index}: state/ is durable only up to {}",
                self.durable()
            ))),
            false => Ok(()),
        }
    }
}

/// The gate in front of the log's purging.
pub(crate) struct StateGate(pub(crate) Arc<StateStore>);

impl Gate for StateGate {
    fn ensure_durable(&self, index: u64) -> BoxFuture<io::Result<()>> {
        Box::pin(self.0.clone().ensure_durable(index))
    }
}

fn record_key(key: &str) -> Vec<u8> {
    [RECORD, key.as_bytes()].concat()
}

fn read_value<T: for<'b> Decode<'b, ()>>(key: &[u8], bytes: &[u8]) -> Result<T, StoreError> {
    wire::decode("record", bytes).map_err(|error| {
        let key = String::from_utf8_lossy(key);
        StoreError::Damaged(format!("state/ is damaged: {key}: {error}. {REPAIR}"))
    })
}

fn read_position(store: &dyn Store) -> Result<Position, StoreError> {
    position_in(|visit| store.scan(FIRST, META_END, visit))
}

/// Where the records stand in what `scan` goes through: a store, or an image of one.
fn position_in(scan: impl FnOnce(Visitor<'_>) -> Result<(), StoreError>) -> Result<Position, StoreError> {
    let mut found = BTreeMap::new();
    let mut visit = |key: &[u8], value: &[u8]| {
        found.insert(key.to_vec(), value.to_vec());
        ControlFlow::Continue(())
    };
    scan(&mut visit)?;
    let applied: Option<LogIdRecord> = read_meta(&found, APPLIED)?;
    let membership: Option<StoredMembershipRecord> = read_meta(&found, MEMBERSHIP)?;
    let membership = membership
        .map(StoredMembership::try_from)
        .transpose()
        .map_err(|error| StoreError::Damaged(format!("state/ is damaged: {error}. {REPAIR}")))?;
    Ok(Position {
        applied: applied.map(LogId::from),
        membership: membership.unwrap_or_default(),
        chain: read_meta(&found, CHAIN)?.unwrap_or_default(),
        snapshot: None,
    })
}

fn read_meta<T: for<'b> Decode<'b, ()>>(
    found: &BTreeMap<Vec<u8>, Vec<u8>>,
    key: &[u8],
) -> Result<Option<T>, StoreError> {
    found.get(key).map(|bytes| read_value(key, bytes)).transpose()
}

#[cfg(test)]
mod tests;
