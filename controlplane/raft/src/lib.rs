//! The replicated log of Hearth: openraft on two stores, and nothing that knows a business rule.
//!
//! ```text
//!  server's writer --propose(batch)--> node --> openraft --> log/     vote and entries, one sync per group
//!                                       |          |-------> network  append, vote, snapshot
//!                                       |          '-------> state/   records and applied index, no journal
//!  views, feeds   <--events/state------'
//! ```
//!
//! The leader's writer decides and proposes a [`Batch`] of finished changes; this crate makes every member write the
//! same batches in the same order and tells each subscriber what was applied. An answer may leave the server only
//! when [`RaftNode::propose`]'s future has resolved: then the batch is synced on a majority and applied here.
//!
//! Rooms: [`node`] is the door, `log` and `state` hold the two stores' meaning, [`store`] is the only way to a disk,
//! [`transport`] the only way to another server, [`runtime`] the only way to time, tasks and randomness. The last
//! three have a production side and a simulated side, so a whole cluster runs in one thread from one seed.

mod append_stream;
mod batch;
mod clock;
mod config;
mod directory;
mod format;
mod log;
mod matching;
mod network;
pub mod node;
mod recovery;
mod reply;
pub mod runtime;
mod state;
pub mod store;
pub mod transport;
mod types;
mod wire;

pub use batch::{Batch, BatchId, Change, Outcome};
pub use clock::ClockWarning;
pub use config::{Config, ConfigError, Start, Timing};
pub use log::Identity;
pub use node::{
    ForwardHandler, Leadership, MAX_BATCH_BYTES, Member, Members, MembershipError, Metrics, Proposal,
    ProposeError, RaftNode, ReadError, Remaining, Role, StartError, Stopped, TransferError,
};
pub use recovery::{RecoverError, Recovered, assess, identity, recover};
pub use runtime::{Sim, SimRuntime, TokioRuntime};
pub use state::{
    CLUSTER_ID_KEY, CLUSTER_VERSION_KEY, ClusterRecord, Event, Part, Standing, State, StateImage,
    Subscription, cluster_changes,
};
pub use store::{Store, StoreError, Stores};
pub use transport::grpc::{RaftService, TonicTransport};
pub use transport::sim::SimNetwork;
pub use transport::{Fate, Inbound, Method, Peer, PeerId, Transport, TransportError};
pub use types::NodeId;

#[cfg(test)]
mod tests;
