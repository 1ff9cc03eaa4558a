//! The DNS servers' gRPC door.

use super::{DnsFeed, FeedLink, OUTBOX};
use crate::pki::Role;
use crate::roles::bound_name;
use controlplane_proto::dns::dns_feed_server::DnsFeed as DnsFeedService;
use controlplane_proto::dns::{FeedMessage, FeedStatus};
use futures::stream::BoxStream;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

/// Serves DNS servers that come over the network.
pub struct FeedDoor(DnsFeed);

impl FeedDoor {
    /// A door to this feed.
    pub fn new(feed: DnsFeed) -> Self {
        Self(feed)
    }
}

#[tonic::async_trait]
impl DnsFeedService for FeedDoor {
    type SubscribeStream = BoxStream<'static, Result<FeedMessage, Status>>;

    async fn subscribe(
        &self,
        request: Request<Streaming<FeedStatus>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let (sender, from_dns) = mpsc::channel(OUTBOX);
        let (to_dns, messages) = mpsc::channel(OUTBOX);
        let server = bound_name(&request, Role::Dns);
        let mut stream = request.into_inner();
        let pump = async move {
            while let Ok(Some(status)) = stream.message().await {
                if sender.send(status).await.is_err() {
                    return;
                }
            }
        };
        self.0.0.runtime.spawn("dns-inbound", Box::pin(pump));
        self.0.accept(FeedLink { from_dns, to_dns, server });
        Ok(Response::new(Box::pin(ReceiverStream::new(messages).map(Ok))))
    }
}
