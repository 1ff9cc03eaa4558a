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
mod pace;
mod session;

pub(crate) use affected::Touched;
pub use calls::{CallError, CallEvent, CallInputs, RunningCall};
#[cfg(test)]
pub(crate) use desired::of_node;
pub use door::AgentDoor;
pub use liveness::LEAST_GRACE;
#[cfg(test)]
pub(crate) use networks::Networks;

use crate::cluster::Cluster;
use crate::dns_feed::DnsFeed;
use crate::replica::{Followed, Replica};
use crate::writer::Writer;
use calls::Calls;
use controlplane_proto::agent::{AgentMessage, Call, ServerMessage};
use controlplane_proto::desired::DesiredSet;
use controlplane_services_kernel::View;
use controlplane_services_native::Node;
use controlplane_types::{RegionName, Runtime};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// Messages towards one agent that may wait; a slower agent loses its session and gets the whole set again.
const OUTBOX: usize = 256;
/// Changes that come in quick succession go out together.
const COALESCE: Duration = Duration::from_millis(5);
/// Between two rounds passes so many times what making a node's set took: of one processor, making the sets that nodes of
/// a VPC share takes at most such a part, however many interfaces it has and however often it changes.
const REST: u32 = 10;

/// How the server treats its agents.
#[derive(Clone, Debug)]
pub struct AgentSettings {
    /// The cluster every generation belongs to.
    pub cluster_id: String,
    /// Raised by a restore.
    pub incarnation: u64,
    /// The home region.
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
    dns_feed: DnsFeed,
    runtime: Arc<dyn Runtime>,
    sessions: Mutex<BTreeMap<String, Arc<Session>>>,
    liveness: liveness::Liveness,
    networks: networks::Networks,
    round: Mutex<Round>,
}

/// What is told in one round: all nodes of a VPC are told of the same records, so that what they share is made once.
struct Round {
    view: View,
    /// The longest that making a set took in it.
    cost: Duration,
}

/// What others may do with a running session.
struct Session {
    /// Distinguishes a session from the one that replaced it.
    number: u64,
    to_agent: mpsc::Sender<ServerMessage>,
    /// The node's desired set may have changed.
    look: Notify,
    calls: Calls,
    hosts: Mutex<Hosts>,
}

/// VPCs that a node may host something of. They only become more: one too many costs a look in vain.
#[derive(Default)]
struct Hosts {
    vpcs: BTreeSet<String>,
    /// Before the node's set was made, and after commits that nobody saw, anything may concern it.
    known: bool,
}

impl Session {
    /// The node's set is made: it hosts something of these VPCs.
    fn host<'v>(&self, vpcs: impl IntoIterator<Item = &'v str>) {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.known = true;
        hosts.vpcs.extend(vpcs.into_iter().map(str::to_owned));
    }

    /// Whether commits that touched this may have changed its node's set. `everybody`: and others that nobody saw.
    fn is_concerned(&self, node: &str, touched: &Touched, everybody: bool) -> bool {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let own = touched.nodes.get(node);
        hosts.known &= !everybody;
        // In the order of commits, so that no later one finds the node without a VPC it got something of.
        hosts.vpcs.extend(own.into_iter().flatten().cloned());
        own.is_some() || !hosts.known || !hosts.vpcs.is_disjoint(&touched.vpcs)
    }
}

impl Agents {
    /// Starts following the records for the agents' sake. What their checkers see goes to `dns_feed`.
    pub fn start(
        settings: AgentSettings,
        cluster: Cluster,
        replica: Replica,
        writer: Writer,
        dns_feed: DnsFeed,
        runtime: Arc<dyn Runtime>,
    ) -> Self {
        let liveness = liveness::Liveness::default();
        let (sessions, networks) = (Mutex::default(), networks::Networks::default());
        let round = Mutex::new(Round { view: replica.applied().view, cost: Duration::ZERO });
        let agents = Self(Arc::new(Shared {
            settings,
            cluster,
            replica,
            writer,
            dns_feed,
            runtime,
            sessions,
            liveness,
            networks,
            round,
        }));
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
        let began = self.0.runtime.monotonic();
        let set = desired::of_node(view, &self.0.networks, &self.region_of(view, node), node);
        let took = self.0.runtime.monotonic().saturating_sub(began);
        let mut round = self.round();
        round.cost = round.cost.max(took);
        set
    }

    /// Where `node` stands; who is not known yet stands at home.
    fn region_of(&self, view: &View, node: &str) -> RegionName {
        Node::region(view, node).unwrap_or_else(|| self.0.settings.region.clone())
    }

    fn round(&self) -> MutexGuard<'_, Round> {
        // A panic while holding it leaves it whole: what is in it is only ever replaced.
        self.0.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Session>>> {
        // A panic while holding the map leaves it whole: every change is one insert or remove.
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the sessions whose node's desired set a commit may have changed.
    async fn publish(self) {
        let mut commits = self.0.replica.follow();
        loop {
            let mut touched = Touched::default();
            let mut everybody = false;
            let mut next = Some(commits.next().await);
            while let Some(followed) = next {
                match followed {
                    Followed::Commit(commit) => {
                        touched.add(&commit);
                        self.round().view = commit.after.clone();
                    }
                    Followed::Resync => {
                        everybody = true;
                        self.round().view = self.0.replica.applied().view;
                    }
                    Followed::Closed => return,
                }
                next = commits.try_next();
            }
            for (node, session) in self.sessions().iter() {
                if session.is_concerned(node, &touched, everybody) {
                    session.look.notify_one();
                }
            }
            let cost = std::mem::take(&mut self.round().cost);
            self.0.runtime.sleep(COALESCE.max(cost * REST)).await;
        }
    }
}
