//! The production transport: gRPC, one HTTP/2 connection per peer, made when first needed and remade when broken.
//!
//! Certificates are the server's business: it passes in a connector and serves [`RaftService`] on its own
//! listener. Without one the connections are plain text, which only makes sense on loopback. Who a caller is, the
//! server says by a [`PeerId`] in the request's extensions.
//!
//! Appends and questions for the read index share one stream per peer ([`lane`]); everything else is a call of its own.
//!
//! A peer is watched by a stream that carries one message, the peer's boot number, and then nothing: the operating
//! system closes a dead process's connections at once, so the stream's end is news within a millisecond. Whether the
//! process is gone or only the connection broke, the next attempt to connect tells.

mod lane;
mod service;

pub use service::RaftService;

use super::{Fate, Method, OutgoingChunks, Peer, Transport, TransportError};
use crate::types::NodeId;
use bytes::Bytes;
use controlplane_proto::raft::raft_transport_client::RaftTransportClient;
use controlplane_proto::raft::{Boot, RaftRequest, SnapshotChunk, WatchRequest};
use controlplane_proto::tls::Connector;
use controlplane_types::{BoxFuture, Runtime};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use lane::Lane;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::transport::Channel;
use tonic::{Code, Status};

/// Largest message either side accepts: a full read of the log and its framing.
const MESSAGE_BYTES: usize = 32 << 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Milliseconds between the attempts to see a peer again that was there a moment ago.
const AGAIN_AFTER: [u64; 5] = [1, 2, 5, 10, 20];

type Client = RaftTransportClient<Channel>;

/// The calling side over gRPC.
pub struct TonicTransport {
    connector: Option<Connector>,
    runtime: Arc<dyn Runtime>,
    channels: Mutex<BTreeMap<Peer, Channel>>,
    lanes: Mutex<BTreeMap<Peer, Lane>>,
}

impl TonicTransport {
    /// Connects with `connector`, or in plain text without.
    pub fn new(connector: Option<Connector>, runtime: Arc<dyn Runtime>) -> Arc<Self> {
        Arc::new(Self { connector, runtime, channels: Mutex::default(), lanes: Mutex::default() })
    }

    fn client(&self, peer: &Peer) -> Result<Client, TransportError> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let channel = match channels.get(peer) {
            Some(channel) => channel.clone(),
            None => {
                let channel = self.channel(peer)?;
                channels.insert(peer.clone(), channel.clone());
                channel
            }
        };
        Ok(RaftTransportClient::new(channel)
            .max_decoding_message_size(MESSAGE_BYTES)
            .max_encoding_message_size(MESSAGE_BYTES))
    }

    /// The reply on the lane to `peer`, opened first if there is none.
    fn exchange(
        &self,
        peer: &Peer,
        method: Method,
        body: Bytes,
    ) -> Result<impl Future<Output = Result<Bytes, TransportError>> + Send + use<>, TransportError> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.get(peer).is_none_or(Lane::has_ended) {
            lanes.insert(peer.clone(), Lane::open(peer.id, self.client(peer)?, self.runtime.as_ref()));
        }
        Ok(lanes[peer].call(method, body))
    }

    async fn call_once(
        client: Result<Client, TransportError>,
        id: NodeId,
        method: Method,
        body: Bytes,
    ) -> Result<Bytes, TransportError> {
        let request = RaftRequest { method: method.as_str().to_owned(), body };
        let reply = client?.call(request).await.map_err(|status| failed(id, &status))?;
        Ok(reply.into_inner().body)
    }

    fn channel(&self, peer: &Peer) -> Result<Channel, TransportError> {
        let unusable = |error: tonic::transport::Error| TransportError::Unreachable {
            peer: peer.id,
            reason: error.to_string(),
        };
        let endpoint = Connector::endpoint(&peer.address)
            .map_err(unusable)?
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE);
        Ok(match &self.connector {
            Some(connector) => endpoint.connect_with_connector_lazy(connector.clone()),
            None => endpoint.connect_lazy(),
        })
    }
}

fn failed(peer: NodeId, status: &Status) -> TransportError {
    let reason = status.message().to_owned();
    match status.code() {
        Code::Unavailable => TransportError::Unreachable { peer, reason },
        Code::FailedPrecondition | Code::InvalidArgument => TransportError::Rejected { peer, reason },
        _ => TransportError::Broken { peer, reason },
    }
}

impl Transport for TonicTransport {
    fn call(&self, peer: &Peer, method: Method, body: Bytes) -> BoxFuture<Result<Bytes, TransportError>> {
        match method {
            Method::Append | Method::ReadIndex => match self.exchange(peer, method, body) {
                Ok(reply) => Box::pin(reply),
                Err(error) => Box::pin(std::future::ready(Err(error))),
            },
            _ => Box::pin(Self::call_once(self.client(peer), peer.id, method, body)),
        }
    }

    fn send_snapshot(
        &self,
        peer: &Peer,
        header: Bytes,
        chunks: OutgoingChunks,
    ) -> BoxFuture<Result<Bytes, TransportError>> {
        let (client, id) = (self.client(peer), peer.id);
        // A request stream cannot carry an error. Ending early is one, because the last chunk is recognisable.
        let chunks = chunks
            .filter_map(|chunk| std::future::ready(chunk.ok()))
            .map(|data| SnapshotChunk { header: Bytes::new(), data });
        let first = SnapshotChunk { header, data: Bytes::new() };
        let messages = stream::iter([first]).chain(chunks);
        let messages = Messages(messages.boxed());
        Box::pin(async move {
            let reply = client?.snapshot(messages).await.map_err(|status| failed(id, &status))?;
            Ok(reply.into_inner().body)
        })
    }

    fn watch_peer(&self, peer: &Peer) -> BoxFuture<Fate> {
        let (client, runtime) = (self.client(peer), self.runtime.clone());
        Box::pin(async move {
            match client {
                Ok(client) => watch(client, runtime).await,
                Err(_) => Fate::OutOfSight,
            }
        })
    }
}

/// Watches until the process ends or is out of sight. A connection that breaks is made again: a process that ends lets go
/// of its connections and of its port one after the other, so that the next attempt may come too early to be refused.
async fn watch(mut client: Client, runtime: Arc<dyn Runtime>) -> Fate {
    let mut known = None;
    let mut pauses = AGAIN_AFTER.into_iter();
    loop {
        match look(&mut client, &mut known).await {
            Sight::Ended => return Fate::Ended,
            Sight::Lost => pauses = AGAIN_AFTER.into_iter(),
            Sight::None => match pauses.next().filter(|_| known.is_some()) {
                Some(pause) => runtime.sleep(Duration::from_millis(pause)).await,
                None => return Fate::OutOfSight,
            },
        }
    }
}

/// What came of one attempt to watch.
enum Sight {
    /// It is known to have ended.
    Ended,
    /// It was there until the stream broke.
    Lost,
    /// It could not be seen.
    None,
}

async fn look(client: &mut Client, known: &mut Option<u64>) -> Sight {
    let mut stream = match client.watch(WatchRequest {}).await {
        Ok(stream) => stream.into_inner(),
        Err(status) if proves_the_end(&status) => return Sight::Ended,
        Err(_) => return Sight::None,
    };
    let Ok(Some(Boot { boot })) = stream.message().await else {
        return Sight::None;
    };
    if known.is_some_and(|known| known != boot) {
        return Sight::Ended;
    }
    *known = Some(boot);
    // Nothing more comes: this returns when the stream has ended, however it did.
    while let Ok(Some(_)) = stream.message().await {}
    Sight::Lost
}

/// Nobody listens there any more, or someone says that the node behind the port has stopped.
fn proves_the_end(status: &Status) -> bool {
    if status.code() == Code::FailedPrecondition {
        return true;
    }
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return error.kind() == std::io::ErrorKind::ConnectionRefused;
        }
        cause = error.source();
    }
    false
}

/// A named stream: the compiler cannot prove the future around an unnamed boxed one to be `Send`.
struct Messages(BoxStream<'static, SnapshotChunk>);

impl Stream for Messages {
    type Item = SnapshotChunk;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<SnapshotChunk>> {
        self.0.as_mut().poll_next(cx)
    }
}
