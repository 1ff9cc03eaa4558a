//! A session as a pair of channels, so that a simulator and `hearth dev` connect agents without gRPC.

use crate::backend::{BackendError, ImageArchive};
use controlplane_proto::agent::{AgentMessage, ServerMessage};
use controlplane_proto::cluster::Servers;
use controlplane_types::BoxFuture;
use tokio::sync::mpsc;

/// Messages on the way in each direction before the sender waits.
const MESSAGES_IN_FLIGHT: usize = 16;

/// The agent's end. The session is over when either channel is closed.
pub struct Link {
    /// Towards the control plane.
    pub to_server: mpsc::Sender<AgentMessage>,
    /// From the control plane.
    pub from_server: mpsc::Receiver<ServerMessage>,
}

/// The control plane's end.
pub struct ServerLink {
    /// Towards the agent.
    pub to_agent: mpsc::Sender<ServerMessage>,
    /// From the agent.
    pub from_agent: mpsc::Receiver<AgentMessage>,
}

/// Both ends of a new session.
pub fn link() -> (Link, ServerLink) {
    let (to_server, from_agent) = mpsc::channel(MESSAGES_IN_FLIGHT);
    let (to_agent, from_server) = mpsc::channel(MESSAGES_IN_FLIGHT);
    (Link { to_server, from_server }, ServerLink { to_agent, from_agent })
}

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConnectError(
    /// What went wrong, with the address tried.
    pub String,
);

/// The way to the control plane.
pub trait Connect: Send + Sync + 'static {
    /// Opens a session with the first server that answers, beginning with the one that is said to lead.
    fn connect(&self) -> BoxFuture<Result<Link, ConnectError>>;

    /// Takes in where the servers are and who leads.
    fn learn(&self, servers: &Servers);

    /// The archive of an imported image, unverified.
    fn fetch_image(&self, digest: String) -> BoxFuture<Result<ImageArchive, BackendError>>;
}
