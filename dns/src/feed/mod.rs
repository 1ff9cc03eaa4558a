//! The way to the control plane: where zones come from and where statuses go.
//!
//! [`FeedSource`] is the seam. Two implementations stand behind it: [`GrpcFeed`] over the network, which finds the server
//! that leads, and [`LocalFeed`] for a control plane in the same process. Both carry the same messages, so what
//! `hearth dev` shows is what separate processes do.

mod grpc;
mod local;
mod servers;
mod session;

pub use grpc::GrpcFeed;
pub use local::LocalFeed;
pub(crate) use session::Session;

use controlplane_proto::cluster::Servers;
use controlplane_proto::dns::{FeedMessage, FeedStatus};
use controlplane_types::BoxFuture;
use tokio::sync::mpsc;

/// Messages on their way, each direction.
const WAITING: usize = 16;

/// One subscription. It has ended when `messages` is closed.
#[derive(Debug)]
pub struct Subscription {
    /// Statuses to the control plane; the first is already under way.
    pub statuses: mpsc::Sender<FeedStatus>,
    /// A snapshot or deltas, in order.
    pub messages: mpsc::Receiver<FeedMessage>,
}

/// Why there is no subscription.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// No address of a control plane was given.
    #[error("no server is given to take zones from")]
    NoServer,
    /// The control plane in this process is gone.
    #[error("the control plane of this process has ended")]
    Ended,
    /// An address that is none, or TLS settings that do not work.
    #[error("cannot connect to {server}")]
    Connect {
        /// The server tried.
        server: String,
        /// What happened.
        #[source]
        source: tonic::transport::Error,
    },
    /// The server refused.
    #[error("{server} refused the subscription")]
    Refused {
        /// The server asked.
        server: String,
        /// Its answer.
        #[source]
        source: Box<tonic::Status>,
    },
}

/// Opens subscriptions.
pub trait FeedSource: Send + Sync + 'static {
    /// Subscribes, with `hello` as the first status, at the first server that answers.
    fn subscribe(&self, hello: FeedStatus) -> BoxFuture<Result<Subscription, LinkError>>;

    /// Takes in where the servers are and who leads.
    fn learn(&self, servers: &Servers);
}
