//! A member of the cluster: everything the server above uses.
//!
//! [`RaftNode::start`] opens the stores, joins the cluster and runs a handful of tasks, one per file here:
//! `propose` hands batches to openraft in call order, `read` answers "how far must I have applied?" for many
//! callers with one round, `leadership` says who leads and `members` who belongs to the cluster, `inbound` answers the
//! other servers. `vigil` notices the end of the leader's process, `care` looks after what nobody asks for, `pulse`
//! lets openraft's clock stand while it measures nothing. `change` and
//! `handover` carry out what an operator asks for.

mod care;
mod change;
mod distress;
mod handover;
mod inbound;
mod leadership;
mod members;
mod propose;
mod pulse;
mod read;
mod start;
mod vigil;

pub use change::{MembershipError, Remaining};
pub use handover::TransferError;
pub use inbound::ForwardHandler;
pub use leadership::Leadership;
pub use members::{Member, Members, Role};
pub use propose::{MAX_BATCH_BYTES, Proposal, ProposeError};
pub use read::ReadError;
pub use start::StartError;

use crate::batch::Batch;
use crate::clock::ClockWarning;
use crate::config::{Config, Timing};
use crate::log::LogCounters;
use crate::network::Links;
use crate::state::{
    CLUSTER_ID_KEY, CLUSTER_VERSION_KEY, ClusterRecord, Progress, Standing, State, StateImage, StateMachine,
    StateStore, Subscription,
};
use crate::store::{Store, StoreError, Stores};
use crate::transport::{Inbound, Method, Transport, TransportError};
use crate::types::{NodeId, Types};
use bytes::Bytes;
use care::Heard;
use controlplane_types::Runtime;
use members::Roll;
use openraft::Raft;
use openraft::async_runtime::WatchReceiver;
use propose::Proposer;
use read::Reader;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use tokio::sync::{Mutex, watch};
use vigil::Vigil;

type Openraft = Raft<Types, StateMachine>;

/// A running member. Clones are handles on the same one.
#[derive(Clone)]
pub struct RaftNode {
    core: Arc<Core>,
}

struct Core {
    raft: Openraft,
    links: Links,
    /// Where this member listens.
    address: String,
    timing: Timing,
    log: Arc<dyn Store>,
    counters: Arc<LogCounters>,
    state: Arc<StateStore>,
    progress: watch::Receiver<Progress>,
    leadership: watch::Receiver<Leadership>,
    roll: Arc<Roll>,
    /// Held while a change of the membership is under way.
    changing: Mutex<()>,
    vigil: Vigil,
    heard: Heard,
    adrift: watch::Sender<bool>,
    /// When a leader's word was last accepted.
    accepted: Heard,
    warning: watch::Sender<Option<ClockWarning>>,
    proposer: Proposer,
    reader: Reader,
    forward: Arc<OnceLock<Arc<dyn ForwardHandler>>>,
}

/// The node has stopped: it was shut down, or its disk failed. Its log says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the replicated log has stopped")]
pub struct Stopped;

/// A member's view of itself and the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// The newest term it knows.
    pub term: u64,
    /// Who leads, as far as it knows.
    pub leader: Option<NodeId>,
    /// Index of the newest entry in its log.
    pub last_log: u64,
    /// Index of the newest entry known to be on a majority.
    pub committed: u64,
    /// Index of the newest applied entry.
    pub applied: u64,
    /// Index up to which the records are durable in `state/`.
    pub durable: u64,
    /// Index of the newest purged entry.
    pub purged: u64,
    /// How often `log/` was synced since it was opened.
    pub log_syncs: u64,
    /// Groups of appends, votes and truncations written with a sync each.
    pub log_groups: u64,
    /// Appends in those groups; `log_appends / log_groups` is what group commit saves.
    pub log_appends: u64,
    /// Entries appended.
    pub log_entries: u64,
    /// Bytes written to `log/`.
    pub log_bytes: u64,
}

impl RaftNode {
    /// Starts a member on its stores. With empty stores it founds a cluster or waits to be added to one, as the
    /// configuration says; every later start continues from disk. Returns when the stores are verified; [`leadership`](Self::leadership) tells the rest.
    ///
    /// The transport has to deliver to [`inbound`](Self::inbound).
    pub async fn start(
        config: Config,
        runtime: Arc<dyn Runtime>,
        stores: Stores,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, StartError> {
        start::start(config, runtime, stores, transport).await
    }

    /// This member's number.
    pub fn id(&self) -> NodeId {
        self.core.links.id
    }

    /// Who leads. A watch keeps only the newest value; a leadership is told apart from an earlier one by its term.
    pub fn leadership(&self) -> watch::Receiver<Leadership> {
        self.core.leadership.clone()
    }

    /// Proposes a batch under the leadership of `batch.term`. Not async on purpose: batches are appended in the order
    /// of the calls, and any number may be in flight.
    ///
    /// The future resolves when the batch is on a majority *and* applied here, to its index.
    ///
    /// **After an error** the caller's speculative state is wrong: it held a batch that is not, or not yet, in the
    /// log. Wait for every other proposal in flight to resolve, start over from the applied state, and name its newest
    /// batch as the predecessor. [`LostLeadership`](ProposeError::LostLeadership) can happen while
    /// [`leadership`](Self::leadership) still says leader (a majority could not be reached for a while); the rule is
    /// the same.
    pub fn propose(&self, batch: Batch) -> Proposal {
        self.core.proposer.propose(batch)
    }

    /// An index such that a reader who has applied it sees everything acknowledged before this call. Asks the leader,
    /// which confirms with a majority that it still leads; concurrent calls share a round. No leases, so no clock has
    /// to be right.
    pub async fn read_index(&self) -> Result<u64, ReadError> {
        self.core.reader.read_index(&self.core).await
    }

    /// Returns when this member has applied the entry at `index`.
    pub async fn wait_applied(&self, index: u64) -> Result<(), Stopped> {
        let mut progress = self.core.progress.clone();
        let waited = progress.wait_for(|progress| progress.applied >= index || progress.stopped).await;
        match waited.map_err(|_| Stopped)?.applied >= index {
            true => Ok(()),
            false => Err(Stopped),
        }
    }

    /// Follows what is applied from now on.
    pub fn subscribe(&self) -> Subscription {
        self.core.state.subscribe()
    }

    /// Gives every record to `visit`, which builds on `into`, in key order and as of one moment; nothing is held twice.
    /// Meant for the start: [`subscribe`](Self::subscribe) first, then fold, then ignore events up to
    /// [`Standing::applied`].
    pub async fn fold_state<T: Send + 'static>(
        &self,
        into: T,
        visit: impl FnMut(&mut T, &str, &[u8]) + Send + 'static,
    ) -> Result<(Standing, T), StoreError> {
        self.core.state.fold(into, visit).await
    }

    /// An image of all records at one applied index, to be read at leisure.
    pub async fn image(&self) -> Result<StateImage, StoreError> {
        self.core.state.records_image().await
    }

    /// All records at one applied index, in memory: for tests and for states known to be small.
    pub async fn state(&self) -> Result<State, StoreError> {
        self.core.state.load().await
    }

    /// What the replicated records say about the cluster; `None` before [`cluster_changes`](crate::cluster_changes)
    /// were applied.
    pub async fn cluster(&self) -> Result<Option<ClusterRecord>, StoreError> {
        let id = self.core.state.record(CLUSTER_ID_KEY).await?;
        let version = self.core.state.record(CLUSTER_VERSION_KEY).await?;
        let (Some(id), Some(version)) = (id, version) else {
            return Ok(None);
        };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let damaged = |_| StoreError::Damaged(format!("record {CLUSTER_VERSION_KEY} does not hold a number"));
        Ok(Some(ClusterRecord { id: text(id), version: text(version).parse().map_err(damaged)? }))
    }

    /// The newest applied entry; 0 when there is none.
    pub fn applied_index(&self) -> u64 {
        self.core.progress.borrow().applied
    }

    /// Numbers for dashboards and tests.
    pub fn metrics(&self) -> Metrics {
        let raft = self.core.raft.metrics();
        let raft = raft.borrow_watched();
        let counters = &self.core.counters;
        let index = |id: Option<crate::types::LogId>| id.map_or(0, |id| id.index());
        Metrics {
            term: raft.current_term,
            leader: raft.current_leader,
            last_log: raft.last_log_index.unwrap_or(0),
            committed: index(raft.local_committed),
            applied: self.applied_index(),
            durable: self.core.state.durable(),
            purged: index(raft.purged),
            log_syncs: self.core.log.syncs(),
            log_groups: counters.synced_groups.load(Ordering::Relaxed),
            log_appends: counters.appends.load(Ordering::Relaxed),
            log_entries: counters.entries.load(Ordering::Relaxed),
            log_bytes: counters.bytes.load(Ordering::Relaxed),
        }
    }

    /// Hands leadership to voter `to`; returns when it leads. Proposals made meanwhile end in
    /// [`LostLeadership`](ProposeError::LostLeadership).
    pub async fn transfer_leader(&self, to: NodeId) -> Result<(), TransferError> {
        self.core.transfer(to).await
    }

    /// The members as this one knows them. [`Member::matched`] is filled on the leader.
    pub fn members(&self) -> BTreeMap<NodeId, Member> {
        let mut members = self.core.roll.watch().borrow().members.clone();
        let last = self.metrics().last_log;
        let mut matched = self.core.matched();
        if self.core.leadership.borrow().leads().is_some() {
            matched.insert(self.id(), last);
        }
        for (id, member) in &mut members {
            member.matched = matched.get(id).copied();
        }
        members
    }

    /// Follows the membership; also how a member learns that it was removed.
    pub fn watch_members(&self) -> watch::Receiver<Members> {
        self.core.roll.watch()
    }

    /// Follows whether this member, though not alone, hears from no leader. Whoever can reach the others on another way
    /// than the log's should then ask them why: members that put one out also stop talking to it.
    pub fn adrift(&self) -> watch::Receiver<bool> {
        self.core.adrift.subscribe()
    }

    /// By how many milliseconds the other members' wall clocks are ahead of this one's (or behind, when negative), as
    /// seen while this member leads.
    pub fn clock_offsets(&self) -> BTreeMap<NodeId, i64> {
        self.core.links.clocks.offsets()
    }

    /// Whose clock is wrong, as seen while this member leads. A leader that finds its own wrong hands over.
    pub fn clock_warning(&self) -> watch::Receiver<Option<ClockWarning>> {
        self.core.warning.subscribe()
    }

    /// Takes a snapshot now: the state is flushed, and the log before it may be purged. Happens by itself every
    /// [`Timing::entries_per_snapshot`] and every [`Timing::bytes_per_snapshot`].
    pub async fn snapshot(&self) -> Result<(), Stopped> {
        self.core.raft.trigger().snapshot().await.map_err(|_| Stopped)
    }

    /// Stops taking part and makes the applied state durable. Proposals in flight end in an error.
    pub async fn shutdown(&self) {
        if self.core.raft.shutdown().await.is_err() {
            tracing::warn!("openraft's task had ended before the shutdown");
        }
        if let Err(error) = self.core.state.flush().await {
            tracing::warn!(%error, "state/ was not flushed; the next start replays more of the log");
        }
    }

    /// Sends a request of the server's own to member `to`, where the handler given to
    /// [`handle_forwarded`](Self::handle_forwarded) answers it.
    pub async fn forward(&self, to: NodeId, body: Bytes) -> Result<Bytes, TransportError> {
        let links = &self.core.links;
        links.call(&links.peer(to)?, Method::Forward, body.into()).await
    }

    /// Who answers forwarded requests. Given once; before that they are refused. Returns `false`, changing nothing,
    /// when there is a handler already.
    pub fn handle_forwarded(&self, handler: Arc<dyn ForwardHandler>) -> bool {
        self.core.forward.set(handler).is_ok()
    }

    /// Where the transport delivers what other members send.
    pub fn inbound(&self) -> Arc<dyn Inbound> {
        Arc::new(self.clone())
    }
}
