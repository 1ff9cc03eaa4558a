//! A control plane in the same process.

use super::{FeedSource, LinkError, Subscription};
use controlplane_proto::cluster::Servers;
use controlplane_proto::dns::{FeedMessage, FeedStatus};
use controlplane_types::BoxFuture;
use tokio::sync::mpsc;

/// The ends of one subscription that the DNS server gets.
type Ends = (mpsc::Sender<FeedStatus>, mpsc::Receiver<FeedMessage>);

/// Subscriptions made by a function call.
pub struct LocalFeed(Box<dyn Fn() -> Ends + Send + Sync>);

impl LocalFeed {
    /// `connect` opens a subscription and gives its ends: where statuses go, and where messages come from.
    pub fn new(
        connect: impl Fn() -> (mpsc::Sender<FeedStatus>, mpsc::Receiver<FeedMessage>) + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(connect))
    }
}

impl FeedSource for LocalFeed {
    fn subscribe(&self, hello: FeedStatus) -> BoxFuture<Result<Subscription, LinkError>> {
        let (statuses, messages) = (self.0)();
        Box::pin(async move {
            statuses.send(hello).await.map_err(|_| LinkError::Ended)?;
            Ok(Subscription { statuses, messages })
        })
    }

    /// There is one, and it is here.
    fn learn(&self, _: &Servers) {}
}
