//! How servers reach each other.
//!
//! A transport moves opaque bytes: a request and its reply, or a snapshot's chunks and a reply. What they mean is
//! decided on both ends by this crate, so the gRPC transport and the simulated network carry the same messages
//! through the same code, and neither knows Raft.

pub mod grpc;
pub mod sim;

use crate::types::NodeId;
use bytes::Bytes;
use controlplane_types::BoxFuture;
use futures::stream::BoxStream;
use std::fmt;

/// A server to talk to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer {
    /// Its number.
    pub id: NodeId,
    /// Where it listens: `host:port`.
    pub address: String,
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Entries, or a heartbeat.
    Append,
    /// An election.
    Vote,
    /// Whether an election would succeed.
    PreVote,
    /// The receiver should take over leadership.
    Transfer,
    /// How far to apply before reading.
    ReadIndex,
    /// A request of the server above, opaque to this crate.
    Forward,
    /// Whether the receiver, too, sees that the leader's process has ended.
    LeaderGone,
    /// Who the sender is and where; what the cluster knows about it.
    Greet,
    /// How much of a snapshot has arrived already.
    Resume,
}

impl Method {
    const ALL: [Self; 9] = [
        Self::Append,
        Self::Vote,
        Self::PreVote,
        Self::Transfer,
        Self::ReadIndex,
        Self::Forward,
        Self::LeaderGone,
        Self::Greet,
        Self::Resume,
    ];

    /// Its name in `proto/raft.proto`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Vote => "vote",
            Self::PreVote => "pre_vote",
            Self::Transfer => "transfer",
            Self::ReadIndex => "read_index",
            Self::Forward => "forward",
            Self::LeaderGone => "leader_gone",
            Self::Greet => "greet",
            Self::Resume => "resume",
        }
    }

    /// Reads its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Chunks on their way to a peer. An error means that the sender cannot go on.
pub type OutgoingChunks = BoxStream<'static, Result<Bytes, crate::store::StoreError>>;

/// Chunks arriving from a peer.
pub type IncomingChunks = BoxStream<'static, Result<Bytes, Interrupted>>;

/// The sender of a snapshot went away in the middle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sender went away: {0}")]
pub struct Interrupted(pub String);

/// The calling side.
pub trait Transport: Send + Sync + 'static {
    /// Sends `body` and waits for the reply. Callers bound the wait; dropping the future gives up.
    fn call(&self, peer: &Peer, method: Method, body: Bytes) -> BoxFuture<Result<Bytes, TransportError>>;

    /// Sends a snapshot and waits for the reply.
    fn send_snapshot(
        &self,
        peer: &Peer,
        header: Bytes,
        chunks: OutgoingChunks,
    ) -> BoxFuture<Result<Bytes, TransportError>>;

    /// Keeps an eye on the process that answers at `peer`, and tells what became of it. Pending as long as it lives
    /// and while nothing is known; a transport that cannot tell never answers.
    ///
    /// A broken connection alone is no proof: only a process that has ended refuses the next one, or answers under
    /// another [`boot`](Inbound::boot).
    fn watch_peer(&self, _peer: &Peer) -> BoxFuture<Fate> {
        Box::pin(std::future::pending())
    }
}

/// What became of a watched peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its process has ended, or its log has stopped.
    Ended,
    /// It can no longer be watched; it may well be alive.
    OutOfSight,
}

/// The called side: a [`RaftNode`](crate::RaftNode) offers one, a transport delivers to it.
pub trait Inbound: Send + Sync + 'static {
    /// Answers a request.
    fn call(&self, method: Method, body: Bytes) -> BoxFuture<Result<Bytes, Rejected>>;

    /// Takes in a snapshot.
    fn receive_snapshot(&self, header: Bytes, chunks: IncomingChunks) -> BoxFuture<Result<Bytes, Rejected>>;

    /// A number drawn when the node started, by which a peer that watches tells this process from the next one at
    /// the same address.
    fn boot(&self) -> u64;

    /// Resolves when the node takes no part any more.
    fn ended(&self) -> BoxFuture<()>;
}

/// Who sent a request, as its certificate proves. The server above puts it into a request's extensions; a message
/// that names another sender is then refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerId(pub NodeId);

/// Why the called side gave no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rejected(pub String);

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// There is no connection; the request was most likely not sent.
    #[error("server {peer} cannot be reached: {reason}")]
    Unreachable {
        /// Who was called.
        peer: NodeId,
        /// The network's answer.
        reason: String,
    },
    /// The connection broke or nothing came back in time; the request may have been carried out.
    #[error("server {peer} did not answer: {reason}")]
    Broken {
        /// Who was called.
        peer: NodeId,
        /// What happened.
        reason: String,
    },
    /// The called side refused.
    #[error("server {peer} refused: {reason}")]
    Rejected {
        /// Who was called.
        peer: NodeId,
        /// Its reason.
        reason: String,
    },
    /// The peer is not a member.
    #[error("server {0} is not a member of this cluster")]
    UnknownPeer(NodeId),
}

#[cfg(test)]
mod tests;
