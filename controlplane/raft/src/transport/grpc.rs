//! The production transport: gRPC, one HTTP/2 connection per peer, made when first needed and remade when broken.
//!
//! Certificates are the server's business: it passes in a client configuration and serves [`RaftService`] on its own
//! listener. Without one the connections are plain text, which only makes sense on loopback. Who a caller is, the
//! server says by a [`PeerId`] in the request's extensions.
//!
//! A peer is watched by a stream that carries one message, the peer's boot number, and then nothing: the operating
//! system closes a dead process's connections at once, so the stream's end is news within a millisecond. Whether the
//! process is gone or only the connection broke, the next attempt to connect tells.

use super::{
    Fate, Inbound, IncomingChunks, Interrupted, Method, OutgoingChunks, Peer, PeerId, Rejected, Transport,
    TransportError,
};
use crate::types::NodeId;
use crate::wire;
use bytes::Bytes;
use controlplane_proto::raft::raft_transport_client::RaftTransportClient;
use controlplane_proto::raft::raft_transport_server::{RaftTransport, RaftTransportServer};
use controlplane_proto::raft::{Boot, RaftRequest, RaftResponse, SnapshotChunk, WatchRequest};
use controlplane_types::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Response, Status, Streaming};

/// Largest message either side accepts: a full read of the log and its framing.
const MESSAGE_BYTES: usize = 32 << 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// The calling side over gRPC.
pub struct TonicTransport {
    tls: Option<ClientTlsConfig>,
    channels: Mutex<BTreeMap<Peer, Channel>>,
}

impl TonicTransport {
    /// Connects with `tls`, or in plain text without.
    pub fn new(tls: Option<ClientTlsConfig>) -> Arc<Self> {
        Arc::new(Self { tls, channels: Mutex::default() })
    }

    fn client(&self, peer: &Peer) -> Result<RaftTransportClient<Channel>, TransportError> {
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

    fn channel(&self, peer: &Peer) -> Result<Channel, TransportError> {
        let unusable = |error: tonic::transport::Error| TransportError::Unreachable {
            peer: peer.id,
            reason: error.to_string(),
        };
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let mut endpoint = Endpoint::from_shared(format!("{scheme}://{}", peer.address))
            .map_err(unusable)?
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE);
        if let Some(tls) = &self.tls {
            endpoint = endpoint.tls_config(tls.clone()).map_err(unusable)?;
        }
        Ok(endpoint.connect_lazy())
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
        let (client, id) = (self.client(peer), peer.id);
        Box::pin(async move {
            let request = RaftRequest { method: method.as_str().to_owned(), body: body.into() };
            let reply = client?.call(request).await.map_err(|status| failed(id, &status))?;
            Ok(Bytes::from(reply.into_inner().body))
        })
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
            .map(|data| SnapshotChunk { header: Vec::new(), data: data.into() });
        let first = SnapshotChunk { header: header.into(), data: Vec::new() };
        let messages = stream::iter([first]).chain(chunks);
        let messages = Messages(messages.boxed());
        Box::pin(async move {
            let reply = client?.snapshot(messages).await.map_err(|status| failed(id, &status))?;
            Ok(Bytes::from(reply.into_inner().body))
        })
    }

    fn watch_peer(&self, peer: &Peer) -> BoxFuture<Fate> {
        let client = self.client(peer);
        Box::pin(async move {
            match client {
                Ok(client) => watch(client).await,
                Err(_) => Fate::OutOfSight,
            }
        })
    }
}

/// Watches until the process ends or is out of sight. A connection that breaks is made once more.
async fn watch(mut client: RaftTransportClient<Channel>) -> Fate {
    let mut known = None;
    loop {
        let mut stream = match client.watch(WatchRequest {}).await {
            Ok(stream) => stream.into_inner(),
            Err(status) if proves_the_end(&status) => return Fate::Ended,
            Err(_) => return Fate::OutOfSight,
        };
        let Ok(Some(Boot { boot })) = stream.message().await else {
            return Fate::OutOfSight;
        };
        if known.is_some_and(|known| known != boot) {
            return Fate::Ended;
        }
        known = Some(boot);
        // Nothing more comes: this returns when the stream has ended, however it did.
        while let Ok(Some(_)) = stream.message().await {}
    }
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

/// The called side over gRPC. Without a [`PeerId`] in a request's extensions it believes what a caller says about
/// itself, and the server has to admit only members' certificates.
pub struct RaftService {
    inbound: Arc<dyn Inbound>,
}

impl RaftService {
    /// Delivers to `inbound`.
    pub fn new(inbound: Arc<dyn Inbound>) -> Self {
        Self { inbound }
    }

    /// The service to add to a tonic router.
    pub fn into_server(self) -> RaftTransportServer<Self> {
        RaftTransportServer::new(self)
            .max_decoding_message_size(MESSAGE_BYTES)
            .max_encoding_message_size(MESSAGE_BYTES)
    }
}

fn reply(result: Result<Bytes, Rejected>) -> Result<Response<RaftResponse>, Status> {
    let body = result.map_err(|Rejected(reason)| Status::failed_precondition(reason))?;
    Ok(Response::new(RaftResponse { body: body.into() }))
}

/// Refuses an envelope that names another sender than the certificate.
fn check_sender(proven: Option<PeerId>, envelope: &[u8]) -> Result<(), Status> {
    let Some(PeerId(proven)) = proven else {
        return Ok(());
    };
    let named = wire::sender(envelope).map_err(|error| Status::invalid_argument(error.to_string()))?;
    match named == proven {
        true => Ok(()),
        false => Err(Status::permission_denied(format!(
            "the message says that server {named} sent it, but the certificate belongs to server {proven}"
        ))),
    }
}

fn proven<T>(request: &Request<T>) -> Option<PeerId> {
    request.extensions().get::<PeerId>().copied()
}

#[tonic::async_trait]
impl RaftTransport for RaftService {
    type WatchStream = BoxStream<'static, Result<Boot, Status>>;

    async fn call(&self, request: Request<RaftRequest>) -> Result<Response<RaftResponse>, Status> {
        check_sender(proven(&request), &request.get_ref().body)?;
        let request = request.into_inner();
        let method = Method::parse(&request.method)
            .ok_or_else(|| Status::invalid_argument(format!("unknown method {:?}", request.method)))?;
        reply(self.inbound.call(method, request.body.into()).await)
    }

    async fn snapshot(
        &self,
        request: Request<Streaming<SnapshotChunk>>,
    ) -> Result<Response<RaftResponse>, Status> {
        let proven = proven(&request);
        let mut messages = request.into_inner();
        let first = messages.message().await?.ok_or_else(|| Status::invalid_argument("an empty snapshot"))?;
        check_sender(proven, &first.header)?;
        let chunks: IncomingChunks = messages
            .map(|message| match message {
                Ok(message) => Ok(Bytes::from(message.data)),
                Err(status) => Err(Interrupted(status.message().to_owned())),
            })
            .boxed();
        reply(self.inbound.receive_snapshot(first.header.into(), chunks).await)
    }
    async fn watch(&self, _: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let mut ended = self.inbound.ended();
        if futures::poll!(&mut ended).is_ready() {
            return Err(Status::failed_precondition("this server's replicated log has stopped"));
        }
        let boot = Boot { boot: self.inbound.boot() };
        let rest = stream::once(ended).filter_map(|()| std::future::ready(None));
        Ok(Response::new(stream::once(std::future::ready(Ok(boot))).chain(rest).boxed()))
    }
}
