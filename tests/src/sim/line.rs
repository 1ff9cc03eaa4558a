//! The line between an agent and a server: it can be cut, and then nobody hears that it was.
//!
//! A cut line swallows what is said, in both directions, until it is healed; then it is closed, as a connection that
//! lost something is. Only the agent's own patience tells it earlier.

use agent::session::ServerLink;
use controlplane_proto::agent::{AgentMessage, ServerMessage};
use tokio::sync::{mpsc, watch};

/// The server's end.
pub struct Far {
    /// Towards the server.
    pub to_server: mpsc::Sender<AgentMessage>,
    /// From it.
    pub from_server: mpsc::Receiver<ServerMessage>,
}

/// Carries messages until an end closes or a cut is healed.
pub async fn carry(mut near: ServerLink, mut far: Far, mut cut: watch::Receiver<bool>) {
    let (mut broken, mut agent_gone) = (false, false);
    loop {
        match *cut.borrow_and_update() {
            true => broken = true,
            false if broken => return,
            false => {}
        }
        tokio::select! {
            biased;
            changed = cut.changed() => if changed.is_err() { return },
            message = near.from_agent.recv(), if !agent_gone => match message {
                Some(_) if broken => {}
                Some(message) => if far.to_server.send(message).await.is_err() { return },
                None if broken => agent_gone = true,
                None => return,
            },
            message = far.from_server.recv() => match message {
                Some(_) if broken => {}
                Some(message) => if near.to_agent.send(message).await.is_err() { return },
                None => return,
            },
        }
    }
}
