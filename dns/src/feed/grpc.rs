//! Control planes over the network.

use super::servers::KnownServers;
use super::{FeedSource, LinkError, Subscription, WAITING};
use crate::health::exchange::endpoint;
use controlplane_proto::cluster::Servers;
use controlplane_proto::dns::dns_feed_client::DnsFeedClient;
use controlplane_proto::dns::{FeedMessage, FeedStatus};
use controlplane_types::{BoxFuture, Runtime};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::ClientTlsConfig;

/// Largest message taken: a snapshot of everything is one message.
const MAX_MESSAGE: usize = 256 << 20;

/// The servers of one cluster, in the order their directory says.
pub struct GrpcFeed {
    servers: Arc<KnownServers>,
    tls: Option<ClientTlsConfig>,
    runtime: Arc<dyn Runtime>,
}

impl GrpcFeed {
    /// `servers` are `host:port` or URLs, beside those that were kept in `folder`; without `tls` the connection is in the
    /// clear.
    pub fn new(
        servers: Vec<String>,
        folder: &Path,
        tls: Option<ClientTlsConfig>,
        runtime: Arc<dyn Runtime>,
    ) -> Self {
        Self { servers: Arc::new(KnownServers::load(servers, folder)), tls, runtime }
    }
}

impl FeedSource for GrpcFeed {
    fn subscribe(&self, hello: FeedStatus) -> BoxFuture<Result<Subscription, LinkError>> {
        let (servers, tls, runtime) = (self.servers.clone(), self.tls.clone(), self.runtime.clone());
        Box::pin(async move {
            let mut last = LinkError::NoServer;
            let order = servers.directory().order();
            for server in order {
                match subscribe(&server, &servers, tls.clone(), hello.clone(), &*runtime).await {
                    Ok(subscription) => {
                        servers.directory().answered(&server);
                        return Ok(subscription);
                    }
                    Err(error) => {
                        servers.directory().failed(&server);
                        last = error;
                    }
                }
            }
            Err(last)
        })
    }

    fn learn(&self, servers: &Servers) {
        self.servers.learn(servers);
    }
}

async fn subscribe(
    server: &str,
    servers: &Arc<KnownServers>,
    tls: Option<ClientTlsConfig>,
    hello: FeedStatus,
    runtime: &dyn Runtime,
) -> Result<Subscription, LinkError> {
    let unreachable = |source| LinkError::Connect { server: server.to_owned(), source };
    let channel = endpoint(server, tls).map_err(unreachable)?.connect().await.map_err(unreachable)?;
    let mut client = DnsFeedClient::new(channel).max_decoding_message_size(MAX_MESSAGE);
    let (statuses, outgoing) = mpsc::channel(WAITING);
    // Before the call: a server may wait for the first status before it answers at all.
    statuses.send(hello).await.map_err(|_| LinkError::Ended)?;
    let response = client
        .subscribe(ReceiverStream::new(outgoing))
        .await
        .map_err(|status| LinkError::Refused { server: server.to_owned(), source: Box::new(status) })?;
    let (sender, messages) = mpsc::channel(WAITING);
    let (server, servers) = (server.to_owned(), servers.clone());
    let carry = async move {
        forward(response.into_inner(), sender, &server).await;
        // Wherever it ended, another server is the better one: this one died, or does not lead.
        servers.directory().leave(&server);
    };
    runtime.spawn("dns-feed", Box::pin(carry));
    Ok(Subscription { statuses, messages })
}

/// Hands messages on until either side ends.
async fn forward(mut incoming: Streaming<FeedMessage>, messages: mpsc::Sender<FeedMessage>, server: &str) {
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
