//! Opening the stores and joining the cluster.

use super::care::{self, Heard};
use super::inbound::ForwardHandler;
use super::members::Roll;
use super::propose::Proposer;
use super::pulse;
use super::read::Reader;
use super::vigil::{self, Vigil};
use super::{Core, Openraft, RaftNode, leadership};
use crate::config::{Config, ConfigError, Start};
use crate::format;
use crate::log::{self, LogStore, identity};
use crate::network::Links;
use crate::runtime::ambient;
use crate::state::{StateGate, StateMachine, StateStore, finish_swap};
use crate::store::{REPAIR, Store, StoreError, Stores, off_thread};
use crate::transport::Transport;
use crate::types::{NodeId, Types};
use controlplane_types::{BoxFuture, Runtime};
use openraft::async_runtime::WatchReceiver;
use openraft::errors::{InitializeError, RaftError};
use openraft::impls::BasicNode;
use openraft::metrics::RaftServerMetrics;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// Before the size of the log is looked at again.
const AGAIN: Duration = Duration::from_secs(1);

/// Why a member did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration.
    #[error("configuration")]
    Config(#[from] ConfigError),
    /// The data on disk.
    #[error("data folder")]
    Store(#[from] StoreError),
    /// The data on disk is someone else's.
    #[error("the data folder belongs to server {node} of cluster {cluster:?}")]
    Foreign {
        /// The cluster that wrote it.
        cluster: String,
        /// The member that wrote it.
        node: NodeId,
    },
    /// `state/` has content, `log/` has none.
    #[error(
        "state/ holds records but log/ is empty: this server has forgotten its vote and what it acknowledged, and going \
         on could undo both. {REPAIR}"
    )]
    LogLost,
    /// openraft refused.
    #[error("openraft: {0}")]
    Raft(String),
}

/// Boxed here: the code of an async function is compiled where it is awaited. Otherwise all of openraft would be, once
/// more and unoptimised, in every crate above.
pub(super) fn start(
    config: Config,
    runtime: Arc<dyn Runtime>,
    stores: Stores,
    transport: Arc<dyn Transport>,
) -> BoxFuture<Result<RaftNode, StartError>> {
    Box::pin(start_here(config, runtime, stores, transport))
}

async fn start_here(
    config: Config,
    runtime: Arc<dyn Runtime>,
    stores: Stores,
    transport: Arc<dyn Transport>,
) -> Result<RaftNode, StartError> {
    let settings = config.check()?;
    let (state, log) = open(&config, &runtime, &stores).await?;
    let links = links(&config, &runtime, transport, &state, log.clone(), stores.state.blocks());
    let counters = log.counters();
    let joining = join(&config, settings, links.clone(), log, StateMachine(state.clone()));
    // openraft spawns its tasks on the current runtime.
    let raft = ambient::scope(runtime.clone(), joining).await?;
    snapshot_by_size(&raft, &state, &config, &runtime);
    let core = Arc::new(Core {
        leadership: leadership::watch(&raft, config.id, state.clone(), &runtime),
        roll: Roll::keep(&raft, config.id, links.directory.clone(), &runtime),
        changing: Mutex::new(()),
        vigil: Vigil::new(),
        heard: Heard::default(),
        accepted: Heard::from_now(runtime.as_ref()),
        adrift: watch::Sender::new(false),
        warning: watch::Sender::new(None),
        proposer: Proposer::start(&raft, &runtime),
        reader: Reader::start(&raft, &runtime, config.timing.election_max),
        forward: Arc::new(OnceLock::<Arc<dyn ForwardHandler>>::new()),
        log: stores.log,
        counters,
        raft,
        links,
        address: config.address,
        timing: config.timing,
        progress: state.progress(),
        state,
    });
    vigil::keep(&core);
    care::keep(&core);
    pulse::keep(&core);
    Ok(RaftNode { core })
}

fn links(
    config: &Config,
    runtime: &Arc<dyn Runtime>,
    transport: Arc<dyn Transport>,
    state: &StateStore,
    log: LogStore,
    blocks: bool,
) -> Links {
    Links {
        cluster: config.cluster.clone(),
        id: config.id,
        boot: runtime.random(),
        directory: Arc::default(),
        clocks: Arc::default(),
        transfers: state.transfers(),
        transport,
        runtime: runtime.clone(),
        append_limit: config.timing.election_min,
        answer_for: config.timing.election_min.saturating_sub(config.timing.lease()) / 2,
        blocks,
        log,
    }
}

/// openraft counts entries, and entries differ a hundredfold in size: a log of large ones would fill the disk before
/// it counts as long. What is purged lies before the image before the one that is taken now, so that members that are
/// a little behind still find the log.
fn snapshot_by_size(raft: &Openraft, state: &Arc<StateStore>, config: &Config, runtime: &Arc<dyn Runtime>) {
    let (raft, state, clock) = (raft.clone(), state.clone(), runtime.clone());
    let limit = config.timing.bytes_per_snapshot;
    let task = async move {
        while let Some(before) = state.grown(limit).await {
            if raft.trigger().purge_log(before).await.is_err() || raft.trigger().snapshot().await.is_err() {
                return;
            }
            // The image may be put off: while one is being sent, the next waits.
            clock.sleep(AGAIN).await;
        }
    };
    runtime.spawn("snapshots by size", Box::pin(task));
}

/// Finishes what a crash interrupted, checks whose data this is, and verifies the log.
async fn open(
    config: &Config,
    runtime: &Arc<dyn Runtime>,
    stores: &Stores,
) -> Result<(Arc<StateStore>, LogStore), StartError> {
    let (stores, runtime) = (stores.clone(), runtime.clone());
    let own = identity::Identity { cluster: config.cluster.clone(), node: config.id };
    let blocks = stores.log.blocks() || stores.state.blocks();
    off_thread(blocks, move || Ok(open_here(own, runtime, &stores))).await?
}

fn open_here(
    own: identity::Identity,
    runtime: Arc<dyn Runtime>,
    stores: &Stores,
) -> Result<(Arc<StateStore>, LogStore), StartError> {
    format::adopt("log/", stores.log.as_ref())?;
    finish_swap(stores.state.as_ref(), stores.log.as_ref())?;
    format::adopt("state/", stores.state.as_ref())?;
    let state = StateStore::open(stores.state.clone(), stores.log.clone(), runtime.clone())?;
    check_identity(own, stores.log.as_ref(), &state)?;
    let gate = Arc::new(StateGate(state.clone()));
    let log = log::open(stores.log.clone(), runtime, gate)?;
    Ok((state, log))
}

fn check_identity(own: identity::Identity, log: &dyn Store, state: &StateStore) -> Result<(), StartError> {
    match identity::read(log)? {
        Some(found) if found == own => Ok(()),
        Some(found) => Err(StartError::Foreign { cluster: found.cluster, node: found.node }),
        None if state.has_applied() => Err(StartError::LogLost),
        None => Ok(identity::write(log, &own)?),
    }
}

async fn join(
    config: &Config,
    settings: openraft::Config,
    links: Links,
    log: LogStore,
    machine: StateMachine,
) -> Result<Openraft, StartError> {
    let failed = |error: &dyn std::error::Error| StartError::Raft(error.to_string());
    let raft = Openraft::new(config.id, Arc::new(settings), links, log, machine)
        .await
        .map_err(|error| failed(&error))?;
    let initialized = raft.is_initialized().await.map_err(|error| failed(&error))?;
    if let (false, Start::Found(founders)) = (initialized, &config.start) {
        found(founders, &raft).await?;
        // The members are known when this returns, so that they can be called.
        let known = |metrics: &RaftServerMetrics<Types>| metrics.membership_config.nodes().next().is_some();
        raft.server_metrics().wait_until(known).await.map_err(|error| failed(&error))?;
    }
    if raft.voter_ids().eq([config.id]) {
        // Nobody else could be leading: no reason to wait for the election timeout.
        raft.trigger().elect(false).await.map_err(|error| failed(&error))?;
    }
    Ok(raft)
}

/// Every founder writes the same first entry, so it does not matter who comes first.
async fn found(founders: &BTreeMap<NodeId, String>, raft: &Openraft) -> Result<(), StartError> {
    let members: BTreeMap<_, _> =
        founders.iter().map(|(id, address)| (*id, BasicNode::new(address))).collect();
    match raft.initialize(members).await {
        // The others were faster and their entries have arrived.
        Ok(()) | Err(RaftError::APIError(InitializeError::NotAllowed(_))) => Ok(()),
        Err(error) => Err(StartError::Raft(error.to_string())),
    }
}
