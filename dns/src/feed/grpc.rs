//! Control planes over the network.

use super::{FeedSource, LinkError, Subscription, WAITING};
use crate::health::exchange::connect;
use controlplane_proto::dns::dns_feed_client::DnsFeedClient;
use controlplane_proto::dns::{FeedMessage, FeedStatus};
use controlplane_proto::tls::Connector;
use controlplane_types::{BoxFuture, Runtime};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

/// Largest message taken: a snapshot of everything is one message.
const MAX_MESSAGE: usize = 256 << 20;

/// The servers of one cluster, tried in turn.
pub struct GrpcFeed {
    servers: Vec<String>,
    tls: Option<Connector>,
    runtime: Arc<dyn Runtime>,
}

impl GrpcFeed {
    /// `servers` are `host:port`; without `tls` the connection is in the clear.
    pub fn new(servers: Vec<String>, tls: Option<Connector>, runtime: Arc<dyn Runtime>) -> Self {
        Self { servers, tls, runtime }
    }
}

impl FeedSource for GrpcFeed {
    fn subscribe(&self, attempt: u64, hello: FeedStatus) -> BoxFuture<Result<Subscription, LinkError>> {
        let turn = attempt.checked_rem(self.servers.len() as u64);
        let server = turn.and_then(|turn| self.servers.get(turn as usize)).cloned();
        let (tls, runtime) = (self.tls.clone(), self.runtime.clone());
        Box::pin(async move { subscribe(server.ok_or(LinkError::NoServer)?, tls, hello, &*runtime).await })
    }
}

async fn subscribe(
    server: String,
    tls: Option<Connector>,
    hello: FeedStatus,
    runtime: &dyn Runtime,
) -> Result<Subscription, LinkError> {
    let unreachable = |source| LinkError::Connect { server: server.clone(), source };
    let channel = connect(&server, tls).await.map_err(unreachable)?;
    let mut client = DnsFeedClient::new(channel).max_decoding_message_size(MAX_MESSAGE);
    let (statuses, outgoing) = mpsc::channel(WAITING);
    // Before the call: a server may wait for the first status before it answers at all.
    statuses.send(hello).await.map_err(|_| LinkError::Ended)?;
    let response = client
        .subscribe(ReceiverStream::new(outgoing))
        .await
        .map_err(|status| LinkError::Refused { server: server.clone(), source: Box::new(status) })?;
    let (sender, messages) = mpsc::channel(WAITING);
    runtime.spawn("dns-feed", Box::pin(forward(response.into_inner(), sender, server)));
    Ok(Subscription { statuses, messages })
}

/// Hands messages on until either side ends.
async fn forward(mut incoming: Streaming<FeedMessage>, messages: mpsc::Sender<FeedMessage>, server: String) {
    loop {
        let message = tokio::select! {
            message = incoming.message() => message,
            () = messages.closed() => return,
        };
        match message {
            Ok(Some(message)) => {
                if messages.send(message).await.is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => return tracing::info!(server, %error, "the feed broke off"),
        }
    }
}
