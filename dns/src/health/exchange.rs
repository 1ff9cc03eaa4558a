//! Health tables between DNS servers, by gRPC: one stream to each peer, one service for theirs.

use crate::keeper::Keeper;
use controlplane_proto::dns::health_exchange_client::HealthExchangeClient;
use controlplane_proto::dns::health_exchange_server::HealthExchange;
use controlplane_proto::dns::{HealthAck, HealthTable};
use controlplane_proto::tls::Connector;
use controlplane_types::Runtime;
use controlplane_types::runtime::TaskHandle;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Request, Response, Status, Streaming};

/// How often the list of peers is looked at, and tables are sent whole.
const BEAT: Duration = Duration::from_secs(1);
/// Between two attempts to reach a peer.
const RETRY: Duration = Duration::from_millis(500);
/// Tables on their way to one peer.
const WAITING: usize = 8;

/// What peers call.
pub(crate) struct Receiver(pub(crate) Arc<Keeper>);

#[tonic::async_trait]
impl HealthExchange for Receiver {
    async fn publish(&self, request: Request<Streaming<HealthTable>>) -> Result<Response<HealthAck>, Status> {
        let mut tables = request.into_inner();
        while let Some(table) = tables.next().await {
            self.0.receive(table?).map_err(|error| Status::failed_precondition(error.to_string()))?;
        }
        Ok(Response::new(HealthAck {}))
    }
}

/// What calls peers.
pub(crate) struct Publisher {
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) tls: Option<Connector>,
}

impl Publisher {
    /// Beats, and keeps one stream to each peer of the feed.
    pub(crate) async fn run(self) {
        let mut streams = Streams(BTreeMap::new());
        loop {
            self.keeper.beat();
            let peers = self.keeper.peers();
            streams.0.retain(|peer, (address, task)| {
                let stays = peers.get(peer) == Some(address);
                if !stays {
                    task.abort();
                }
                stays
            });
            for (peer, address) in peers {
                streams.0.entry(peer).or_insert_with(|| (address.clone(), self.stream_to(address)));
            }
            self.runtime.sleep(BEAT).await;
        }
    }

    fn stream_to(&self, address: String) -> TaskHandle {
        let (keeper, runtime, tls) = (self.keeper.clone(), self.runtime.clone(), self.tls.clone());
        let task = async move {
            loop {
                if let Err(error) = publish(&keeper, &address, tls.clone()).await {
                    tracing::debug!(address, %error, "health tables do not reach a peer");
                }
                runtime.sleep(RETRY).await;
            }
        };
        self.runtime.spawn("dns-health-publisher", Box::pin(task))
    }
}

/// Ends with its owner.
struct Streams(BTreeMap<String, (String, TaskHandle)>);

impl Drop for Streams {
    fn drop(&mut self) {
        self.0.values().for_each(|(_, task)| task.abort());
    }
}

/// Sends tables until the peer or the way to it fails.
async fn publish(keeper: &Keeper, address: &str, tls: Option<Connector>) -> Result<(), tonic::Status> {
    let unreachable = |error: tonic::transport::Error| Status::unavailable(error.to_string());
    let channel = connect(address, tls).await.map_err(unreachable)?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let mut client = HealthExchangeClient::new(channel);
    tokio::select! {
        ended = client.publish(ReceiverStream::new(receiver)) => ended.map(drop),
        () = forward(keeper.tables(), sender) => Ok(()),
    }
}

async fn forward(mut tables: broadcast::Receiver<HealthTable>, sender: mpsc::Sender<HealthTable>) {
    loop {
        match tables.recv().await {
            Ok(table) => {
                if sender.send(table).await.is_err() {
                    return;
                }
            }
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// A connection whose death is noticed within seconds.
pub(crate) async fn connect(
    address: &str,
    tls: Option<Connector>,
) -> Result<Channel, tonic::transport::Error> {
    let address = address.rsplit_once("://").map_or(address, |(_, address)| address);
    let endpoint = Connector::endpoint(address)?
        .connect_timeout(Duration::from_secs(2))
        .http2_keep_alive_interval(Duration::from_secs(2))
        .keep_alive_timeout(Duration::from_secs(2))
        .keep_alive_while_idle(true);
    match tls {
        Some(connector) => endpoint.connect_with_connector(connector).await,
        None => endpoint.connect().await,
    }
}
