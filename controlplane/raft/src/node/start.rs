//! Opening the stores and joining the cluster.

use super::inbound::ForwardHandler;
use super::propose::Proposer;
use super::read::Reader;
use super::{Core, Openraft, RaftNode, leadership};
use crate::config::{Config, ConfigError};
use crate::log::{self, LogStore, identity};
use crate::network::Links;
use crate::runtime::ambient;
use crate::state::{StateGate, StateMachine, StateStore, recover};
use crate::store::{Store, StoreError, Stores, off_thread};
use crate::transport::Transport;
use crate::types::NodeId;
use controlplane_types::Runtime;
use openraft::errors::{InitializeError, RaftError};
use openraft::impls::BasicNode;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

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
         on could undo both. Restore log/, or replace this server by a new member"
    )]
    LogLost,
    /// The configured members are not the cluster's.
    #[error("the configuration lists the members {configured:?}, but the cluster consists of {replicated:?}")]
    Members {
        /// From the configuration.
        configured: BTreeSet<NodeId>,
        /// From the log.
        replicated: BTreeSet<NodeId>,
    },
    /// openraft refused.
    #[error("openraft: {0}")]
    Raft(String),
}

pub(super) async fn start(
    config: Config,
    runtime: Arc<dyn Runtime>,
    stores: Stores,
    transport: Arc<dyn Transport>,
) -> Result<RaftNode, StartError> {
    let settings = config.check()?;
    let (state, log) = open(&config, &runtime, &stores).await?;
    let links = Links {
        cluster: config.cluster.clone(),
        id: config.id,
        members: Arc::new(config.members.clone()),
        transport,
        runtime: runtime.clone(),
        append_limit: config.timing.election_min,
        blocks: stores.state.blocks(),
    };
    let counters = log.counters();
    let machine = StateMachine(state.clone());
    let joining = join(&config, settings, links.clone(), log, machine);
    // openraft spawns its tasks on the current runtime.
    let raft = ambient::scope(runtime.clone(), joining).await?;
    let core = Core {
        leadership: leadership::watch(&raft, config.id, state.clone(), &runtime),
        proposer: Proposer::start(&raft, &runtime),
        reader: Reader::start(&raft, &runtime, config.timing.election_max),
        forward: Arc::new(OnceLock::<Arc<dyn ForwardHandler>>::new()),
        log: stores.log,
        counters,
        raft,
        links,
        progress: state.progress(),
        state,
    };
    Ok(RaftNode { core: Arc::new(core) })
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
    recover(stores.state.as_ref(), stores.log.as_ref())?;
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
    match raft.is_initialized().await.map_err(|error| failed(&error))? {
        true => check_members(config, &raft)?,
        false => found(config, &raft).await?,
    }
    if config.members.len() == 1 {
        // Nobody else could be leading: no reason to wait for the election timeout.
        raft.trigger().elect(false).await.map_err(|error| failed(&error))?;
    }
    Ok(raft)
}

fn check_members(config: &Config, raft: &Openraft) -> Result<(), StartError> {
    let configured: BTreeSet<_> = config.members.keys().copied().collect();
    let replicated: BTreeSet<_> = raft.voter_ids().collect();
    match configured == replicated {
        true => Ok(()),
        false => Err(StartError::Members { configured, replicated }),
    }
}

/// Every member founds the cluster with the same first entry, so it does not matter who comes first.
async fn found(config: &Config, raft: &Openraft) -> Result<(), StartError> {
    let members: BTreeMap<_, _> =
        config.members.iter().map(|(id, address)| (*id, BasicNode::new(address))).collect();
    match raft.initialize(members).await {
        // The others were faster and their entries have arrived.
        Ok(()) | Err(RaftError::APIError(InitializeError::NotAllowed(_))) => Ok(()),
        Err(error) => Err(StartError::Raft(error.to_string())),
    }
}
