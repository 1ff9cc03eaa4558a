//! Starting and ending an agent.

use crate::backend::Backend;
use crate::backoff::Backoff;
use crate::causes::Causes;
use crate::desired::keeper::{Keeper, Kept};
use crate::health::{self, Observations};
use crate::ledger::runs::Runs;
use crate::ledger::{self, LedgerError, LedgerStore};
use crate::pressure::{self, Thresholds};
use crate::reconcile::{self, Reconciler};
use crate::report::Observed;
use crate::session::{self, Connect};
use crate::tasks::Tasks;
use controlplane_proto::agent::{Desired, Strain};
use controlplane_types::Runtime;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tracing::info;

/// Desired sets that wait for the disk. They are applied together, so few are enough.
const DESIRED_WAITING: usize = 16;

/// How long things take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Between heartbeats.
    pub heartbeat: Duration,
    /// Without a word from the server a session is given up after this long.
    pub silence: Duration,
    /// Between attempts to reach a server.
    pub reconnect: Backoff,
    /// Before going on to the server that leads, or asking another one who does.
    pub redirect: Backoff,
    /// Between attempts to make one thing real.
    pub retry: Backoff,
    /// Between sweeps that find and repair what changed behind the agent's back. They are most of what an idle agent
    /// spends.
    pub drift: Duration,
    /// What a first process gets to end after SIGTERM.
    pub stop_grace: Duration,
    /// How long an image nobody desires stays.
    pub image_retention: Duration,
    /// Between measurements of what the machine has left.
    pub measure: Duration,
    /// Between questions who has to go, and what removing images gets before the first one about disk.
    pub eviction_pause: Duration,
    /// How long a shutdown waits for steps that have begun.
    pub shutdown: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            heartbeat: seconds(1),
            silence: seconds(5),
            reconnect: Backoff { first: Duration::from_millis(200), most: seconds(5) },
            redirect: Backoff { first: Duration::from_millis(20), most: Duration::from_millis(250) },
            retry: Backoff { first: Duration::from_millis(500), most: seconds(60) },
            drift: seconds(60),
            stop_grace: seconds(5),
            image_retention: seconds(600),
            measure: seconds(10),
            eviction_pause: seconds(30),
            shutdown: seconds(10),
        }
    }
}

/// What an agent needs.
pub struct AgentConfig {
    /// The node's name, as in its certificate.
    pub node: String,
    /// region, zone, rack and what the operator adds.
    pub labels: BTreeMap<String, String>,
    /// What keeps instances off it, `KEY[=VALUE]:EFFECT`.
    pub taints: Vec<String>,
    /// When the machine has too little left.
    pub thresholds: Thresholds,
    /// Where other nodes reach this one (VXLAN).
    pub underlay_address: String,
    /// How long things take.
    pub timing: Timing,
    /// The disk; [`crate::ledger::FileStore`] in production.
    pub ledger: Arc<dyn LedgerStore>,
    /// The machine.
    pub backend: Arc<dyn Backend>,
    /// Time, randomness, tasks.
    pub runtime: Arc<dyn Runtime>,
    /// The way to the control plane; [`crate::session::GrpcConnect`] in production.
    pub connect: Arc<dyn Connect>,
}

/// Why an agent cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The ledger cannot be read.
    #[error("the agent's ledger cannot be used")]
    Ledger(#[from] LedgerError),
}

/// An agent.
pub struct Agent;

impl Agent {
    /// Starts an agent on what its ledger holds; it needs no control plane to go on from there.
    pub fn start(config: AgentConfig) -> Result<AgentHandle, StartError> {
        let held = ledger::desired::load(&*config.ledger)?;
        let runs = ledger::runs::load(&*config.ledger)?;
        info!(node = config.node, generation = ?held.generation, instances = runs.len(), "agent starts");
        let tasks = Tasks::new(config.runtime.clone());
        let (kept, kept_view) = watch::channel(Kept { held: Arc::new(held), trouble: None });
        let (observed, observed_view) = watch::channel(None);
        let (passes, passes_view) = watch::channel(0);
        let (inbox, arriving) = mpsc::channel(DESIRED_WAITING);
        let (want_full, full_wanted) = mpsc::channel(1);
        let handle = AgentHandle {
            tasks: tasks.clone(),
            kept: kept_view.clone(),
            observed: observed_view.clone(),
            passes: passes_view,
            patience: config.timing.shutdown,
        };
        let causes = Causes::default();
        let keeper = keeper(&config, &tasks, arriving, kept, want_full);
        let (strain, strain_view) = watch::channel(None);
        let watcher = watcher(&config, &tasks, strain);
        let watched = (kept_view.clone(), strain_view);
        let reconciler = reconciler(&config, &tasks, runs, watched, (observed, passes), causes.clone());
        let seen = Arc::new(Observations::default());
        if let Some(way) = config.backend.way() {
            let probing = health::run(way, kept_view.clone(), seen.clone(), tasks.clone());
            tasks.spawn("agent-health", Box::pin(probing));
        }
        let watched = (kept_view, observed_view, seen);
        let session = session(config, &tasks, inbox, full_wanted, watched, causes);
        tasks.spawn("agent-keeper", Box::pin(keeper.run()));
        // Before the reconciler, whose first report then says what the machine is short of.
        tasks.spawn("agent-pressure", Box::pin(watcher.run()));
        tasks.spawn("agent-reconcile", Box::pin(reconciler.run()));
        tasks.spawn("agent-session", Box::pin(session::run(session)));
        Ok(handle)
    }
}

fn keeper(
    config: &AgentConfig,
    tasks: &Tasks,
    inbox: mpsc::Receiver<Desired>,
    kept: watch::Sender<Kept>,
    want_full: mpsc::Sender<()>,
) -> Keeper {
    let (tasks, ledger) = (tasks.clone(), config.ledger.clone());
    Keeper { tasks, ledger, retry: config.timing.retry, inbox, kept, want_full }
}

fn watcher(config: &AgentConfig, tasks: &Tasks, strain: watch::Sender<Option<Strain>>) -> pressure::Watcher {
    pressure::Watcher {
        tasks: tasks.clone(),
        timing: config.timing,
        backend: config.backend.clone(),
        thresholds: config.thresholds.clone(),
        strain,
    }
}

fn reconciler(
    config: &AgentConfig,
    tasks: &Tasks,
    runs: Runs,
    (kept, strain): (watch::Receiver<Kept>, watch::Receiver<Option<Strain>>),
    (observed, passes): (watch::Sender<Option<Arc<Observed>>>, watch::Sender<u64>),
    causes: Causes,
) -> Reconciler {
    Reconciler::new(reconcile::Parts {
        tasks: tasks.clone(),
        timing: config.timing,
        backend: config.backend.clone(),
        ledger: config.ledger.clone(),
        images: config.connect.clone(),
        kept,
        strain,
        runs,
        observed,
        passes,
        causes,
    })
}

fn session(
    config: AgentConfig,
    tasks: &Tasks,
    inbox: mpsc::Sender<Desired>,
    want_full: mpsc::Receiver<()>,
    (kept, observed, seen): (
        watch::Receiver<Kept>,
        watch::Receiver<Option<Arc<Observed>>>,
        Arc<Observations>,
    ),
    causes: Causes,
) -> session::Parts {
    let AgentConfig { node, labels, taints, underlay_address, timing, backend, connect, .. } = config;
    let identity = session::Identity { node, labels, taints, underlay_address };
    let tasks = tasks.clone();
    let credentials = session::Wanted::default();
    session::Parts {
        tasks,
        timing,
        backend,
        connect,
        identity,
        inbox,
        kept,
        want_full,
        observed,
        seen,
        causes,
        credentials,
    }
}

/// A running agent. Dropping it lets the agent run on.
pub struct AgentHandle {
    tasks: Tasks,
    kept: watch::Receiver<Kept>,
    observed: watch::Receiver<Option<Arc<Observed>>>,
    passes: watch::Receiver<u64>,
    patience: Duration,
}

impl AgentHandle {
    /// What is in force; changes with every desired set that reached the ledger.
    pub fn kept(&self) -> watch::Receiver<Kept> {
        self.kept.clone()
    }

    /// What is true on the node; `None` before it was first looked at.
    pub fn observed(&self) -> watch::Receiver<Option<Arc<Observed>>> {
        self.observed.clone()
    }

    /// How often the reconciler has looked at everything: changes whenever the agent did something.
    pub fn passes(&self) -> watch::Receiver<u64> {
        self.passes.clone()
    }

    /// Ends the agent in order: begun steps are finished (within the patience), the session is closed, instances run
    /// on.
    pub async fn shutdown(self) {
        self.tasks.stop();
        let patience = self.tasks.runtime().sleep(self.patience);
        tokio::select! { biased;
            () = self.tasks.idle() => {}
            () = patience => {}
        }
        self.tasks.abort();
    }

    /// Ends the agent where it stands, as `kill -9` would; instances run on.
    pub fn kill(self) {
        self.tasks.abort();
    }
}
