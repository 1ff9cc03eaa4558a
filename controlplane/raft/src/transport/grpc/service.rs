//! The called side over gRPC.

use super::MESSAGE_BYTES;
use crate::transport::{Inbound, IncomingChunks, Interrupted, Method, PeerId, Rejected};
use crate::wire;
use bytes::Bytes;
use controlplane_proto::raft::raft_transport_server::{RaftTransport, RaftTransportServer};
use controlplane_proto::raft::{
    Boot, ExchangeReply, ExchangeRequest, RaftRequest, RaftResponse, SnapshotChunk, WatchRequest,
};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use std::sync::Arc;
use tonic::{Request, Response, Status, Streaming};

/// Requests of one exchange that are worked on at once. A leader has a few; the others wait in the stream.
const AT_ONCE: usize = 64;

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
    Ok(Response::new(RaftResponse { body }))
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

/// Answers one request of an exchange.
async fn answer(
    inbound: Arc<dyn Inbound>,
    proven: Option<PeerId>,
    request: Result<ExchangeRequest, Status>,
) -> Result<ExchangeReply, Status> {
    let ExchangeRequest { number, method, body } = request?;
    check_sender(proven, &body)?;
    Ok(match inbound.call(parse(&method)?, body).await {
        Ok(body) => ExchangeReply { number, body, refused: String::new() },
        Err(Rejected(reason)) => ExchangeReply { number, body: Bytes::new(), refused: reason },
    })
}

fn parse(method: &str) -> Result<Method, Status> {
    Method::parse(method).ok_or_else(|| Status::invalid_argument(format!("unknown method {method:?}")))
}

fn proven<T>(request: &Request<T>) -> Option<PeerId> {
    request.extensions().get::<PeerId>().copied()
}

#[tonic::async_trait]
impl RaftTransport for RaftService {
    type ExchangeStream = BoxStream<'static, Result<ExchangeReply, Status>>;
    type WatchStream = BoxStream<'static, Result<Boot, Status>>;

    async fn call(&self, request: Request<RaftRequest>) -> Result<Response<RaftResponse>, Status> {
        check_sender(proven(&request), &request.get_ref().body)?;
        let request = request.into_inner();
        reply(self.inbound.call(parse(&request.method)?, request.body).await)
    }

    async fn exchange(
        &self,
        request: Request<Streaming<ExchangeRequest>>,
    ) -> Result<Response<Self::ExchangeStream>, Status> {
        let (proven, inbound) = (proven(&request), self.inbound.clone());
        let requests = request.into_inner();
        // Each is begun in the order of arrival, which is the order of the log.
        let answers = requests.map(move |request| answer(inbound.clone(), proven, request));
        Ok(Response::new(answers.buffer_unordered(AT_ONCE).boxed()))
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
                Ok(message) => Ok(message.data),
                Err(status) => Err(Interrupted(status.message().to_owned())),
            })
            .boxed();
        reply(self.inbound.receive_snapshot(first.header, chunks).await)
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
