//! The server's side of the agents: sessions, what each node should have, what each node says, who is alive.
//!
//! A session belongs to the leader: another member waits for an election to end, if there is one, and then says who
//! leads; the agent goes there. Nothing an agent says
//! is believed before it is committed, nothing it is told rests on uncommitted records.

mod affected;
mod calls;
mod causes;
mod credentials;
mod desired;
mod door;
mod liveness;
mod networks;
mod session;

#[cfg(test)]
pub(crate) use affected::nodes as affected_nodes;
pub use calls::{CallError, CallEvent, CallInputs, RunningCall};
#[cfg(test)]
pub(crate) use desired::of_node;
pub use door::AgentDoor;
pub use liveness::LEAST_GRACE;
#[cfg(test)]
pub(crate) use networks::Networks;

use crate::cluster::Cluster;
use crate::replica::{Followed, Replica};
use crate::writer::Writer;
use calls::Calls;
use controlplane_proto::agent::{AgentMessage, Call, ServerMessage};
use controlplane_proto::desired::DesiredSet;
use controlplane_services_kernel::View;
use controlplane_types::{RegionName, Runtime};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// Messages towards one agent that may wait; a slower agent loses its session and gets the whole set again.
const OUTBOX: usize = 256;
/// Changes that come in quick succession go out together.
const COALESCE: Duration = Duration::from_millis(5);

/// How the server treats its agents.
#[derive(Clone, Debug)]
pub struct AgentSettings {
    /// The cluster every generation belongs to.
    pub cluster_id: String,
    /// Raised by a restore.
    pub incarnation: u64,
    /// Region of this server.
    pub region: RegionName,
    /// How long a node may be silent, or its agent gone, before it counts as not ready.
    pub grace: Duration,
}

/// One agent's two directions.
pub struct AgentLink {
    /// What the agent says.
    pub from_agent: mpsc::Receiver<AgentMessage>,
    /// What it is told; closed when the server ends the session.
    pub to_agent: mpsc::Sender<ServerMessage>,
    /// The one node it may speak for, by its certificate; any, in this process or for a server.
    pub node: Option<String>,
}

/// All sessions of this member.
#[derive(Clone)]
pub struct Agents(Arc<Shared>);

struct Shared {
    settings: AgentSettings,
    cluster: Cluster,
    replica: Replica,
    writer: Writer,
    runtime: Arc<dyn Runtime>,
    sessions: Mutex<BTreeMap<String, Arc<Session>>>,
    liveness: liveness::Liveness,
    networks: networks::Networks,
}

/// What others may do with a running session.
struct Session {
    /// Distinguishes a session from the one that replaced it.
    number: u64,
    to_agent: mpsc::Sender<ServerMessage>,
    /// The node's desired set may have changed.
    look: Notify,
    calls: Calls,
}

impl Agents {
    /// Starts following the records for the agents' sake.
    pub fn start(
        settings: AgentSettings,
        cluster: Cluster,
        replica: Replica,
        writer: Writer,
        runtime: Arc<dyn Runtime>,
    ) -> Self {
        let liveness = liveness::Liveness::default();
        let (sessions, networks) = (Mutex::default(), networks::Networks::default());
        let shared = Shared { settings, cluster, replica, writer, runtime, sessions, liveness, networks };
        let agents = Self(Arc::new(shared));
        agents.0.runtime.spawn("agent-publisher", Box::pin(agents.clone().publish()));
        agents.0.runtime.spawn("agent-liveness", Box::pin(liveness::watch(agents.clone())));
        agents
    }

    /// A pair of links for an agent in this process; the session begins at once.
    pub fn connect(&self) -> (mpsc::Sender<AgentMessage>, mpsc::Receiver<ServerMessage>) {
        let (agent_sends, from_agent) = mpsc::channel(OUTBOX);
        let (to_agent, agent_receives) = mpsc::channel(OUTBOX);
        self.accept(AgentLink { from_agent, to_agent, node: None });
        (agent_sends, agent_receives)
    }

    /// Serves a session until either side ends it.
    pub fn accept(&self, link: AgentLink) {
        self.0.runtime.spawn("agent-session", Box::pin(session::serve(self.clone(), link)));
    }

    /// Asks the agent of `node` for something.
    pub fn call(&self, node: &str, call: Call) -> Result<RunningCall, CallError> {
        let session =
            self.sessions().get(node).cloned().ok_or_else(|| CallError::NotConnected(node.to_owned()))?;
        session.calls.start(call, session.to_agent.clone(), self.0.runtime.clone())
    }

    /// Nodes with a session here.
    pub fn connected(&self) -> Vec<String> {
        self.sessions().keys().cloned().collect()
    }

    /// What `node` should have.
    fn desired(&self, view: &View, node: &str) -> DesiredSet {
        desired::of_node(view, &self.0.networks, &self.0.settings.region, node)
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Session>>> {
        // A panic while holding the map leaves it whole: every change is one insert or remove.
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the sessions whose node's desired set a commit may have changed.
    async fn publish(self) {
        let mut commits = self.0.replica.follow();
        loop {
            let mut touched = BTreeSet::new();
            let mut everybody = false;
            let mut next = Some(commits.next().await);
            while let Some(followed) = next {
                match followed {
                    Followed::Commit(commit) => affected::nodes(&commit, &mut touched),
                    Followed::Resync => everybody = true,
                    Followed::Closed => return,
                }
                next = commits.try_next();
            }
            for (node, session) in self.sessions().iter() {
                if everybody || touched.contains(node) {
                    session.look.notify_one();
                }
            }
            self.0.runtime.sleep(COALESCE).await;
        }
    }
}
