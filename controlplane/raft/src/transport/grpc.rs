//! The production transport: gRPC, one HTTP/2 connection per peer, made when first needed and remade when broken.
//!
//! Certificates are the server's business: it passes in a connector and serves [`RaftService`] on its own listener. Without
//! one the connections are plain text, which only makes sense on loopback.

use super::{
    Inbound, IncomingChunks, Interrupted, Method, OutgoingChunks, Peer, Rejected, Transport, TransportError,
};
use crate::types::NodeId;
use bytes::Bytes;
use controlplane_proto::raft::raft_transport_client::RaftTransportClient;
use controlplane_proto::raft::raft_transport_server::{RaftTransport, RaftTransportServer};
use controlplane_proto::raft::{RaftRequest, RaftResponse, SnapshotChunk};
use controlplane_proto::tls::Connector;
use controlplane_types::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status, Streaming};

/// Largest message either side accepts: a full read of the log and its framing.
const MESSAGE_BYTES: usize = 32 << 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// The calling side over gRPC.
pub struct TonicTransport {
    connector: Option<Connector>,
    channels: Mutex<BTreeMap<Peer, Channel>>,
}

impl TonicTransport {
    /// Connects with `connector`, or in plain text without.
    pub fn new(connector: Option<Connector>) -> Arc<Self> {
        Arc::new(Self { connector, channels: Mutex::default() })
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
}

/// A named stream: the compiler cannot prove the future around an unnamed boxed one to be `Send`.
struct Messages(BoxStream<'static, SnapshotChunk>);

impl Stream for Messages {
    type Item = SnapshotChunk;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<SnapshotChunk>> {
        self.0.as_mut().poll_next(cx)
    }
}

/// The called side over gRPC. It believes what a caller says about itself: the server has to admit only members'
/// certificates.
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

#[tonic::async_trait]
impl RaftTransport for RaftService {
    async fn call(&self, request: Request<RaftRequest>) -> Result<Response<RaftResponse>, Status> {
        let request = request.into_inner();
        let method = Method::parse(&request.method)
            .ok_or_else(|| Status::invalid_argument(format!("unknown method {:?}", request.method)))?;
        reply(self.inbound.call(method, request.body.into()).await)
    }

    async fn snapshot(
        &self,
        request: Request<Streaming<SnapshotChunk>>,
    ) -> Result<Response<RaftResponse>, Status> {
        let mut messages = request.into_inner();
        let first = messages.message().await?.ok_or_else(|| Status::invalid_argument("an empty snapshot"))?;
        let chunks: IncomingChunks = messages
            .map(|message| match message {
                Ok(message) => Ok(Bytes::from(message.data)),
                Err(status) => Err(Interrupted(status.message().to_owned())),
            })
            .boxed();
        reply(self.inbound.receive_snapshot(first.header.into(), chunks).await)
    }
}
