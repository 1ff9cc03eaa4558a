//! The real line: gRPC with mutual TLS to one of several servers.

use super::{Connect, ConnectError, Link, ServerLink, link};
use crate::backend::{BackendError, ImageArchive};
use controlplane_proto::agent::agent_service_client::AgentServiceClient;
use controlplane_proto::agent::{FetchImageRequest, ImageChunk, ServerMessage};
use controlplane_proto::tls::Connector;
use controlplane_types::{BoxFuture, Runtime};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};
use tracing::warn;

/// The largest message taken: a desired set with tens of thousands of neighbours fits.
const MOST_MESSAGE_BYTES: usize = 64 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const CHUNKS_IN_FLIGHT: usize = 4;

/// Connects to the servers in turn.
#[derive(Clone)]
pub struct GrpcConnect {
    servers: Arc<Servers>,
    runtime: Arc<dyn Runtime>,
}

struct Servers {
    endpoints: Vec<Endpoint>,
    connector: Connector,
    /// Where the next attempt goes: stays with a server that answers, moves on from one that does not.
    next: AtomicUsize,
}

impl GrpcConnect {
    /// `servers` as `host:port`; at least one. The connector knows the certificates of the moment.
    pub fn new(
        servers: &[String],
        connector: Connector,
        runtime: Arc<dyn Runtime>,
    ) -> Result<Self, ConnectError> {
        let endpoints = servers.iter().map(|server| endpoint(server)).collect::<Result<Vec<_>, _>>()?;
        if endpoints.is_empty() {
            return Err(ConnectError("no server address given".to_owned()));
        }
        Ok(Self { servers: Arc::new(Servers { endpoints, connector, next: AtomicUsize::new(0) }), runtime })
    }
}

fn endpoint(server: &str) -> Result<Endpoint, ConnectError> {
    let endpoint = Connector::endpoint(server)
        .map_err(|error| ConnectError(format!("server {server}: {}", chain(&error))))?;
    Ok(endpoint.connect_timeout(CONNECT_TIMEOUT))
}

/// The whole chain of causes: the outermost text alone ("transport error") helps nobody.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

impl Servers {
    async fn client(&self) -> Result<AgentServiceClient<Channel>, ConnectError> {
        let next = self.next.load(Ordering::Relaxed);
        let endpoint = &self.endpoints[next % self.endpoints.len()];
        match endpoint.connect_with_connector(self.connector.clone()).await {
            Ok(channel) => Ok(AgentServiceClient::new(channel).max_decoding_message_size(MOST_MESSAGE_BYTES)),
            Err(error) => {
                self.give_up(next);
                Err(ConnectError(format!("server {}: {}", endpoint.uri(), chain(&error))))
            }
        }
    }

    fn give_up(&self, tried: usize) {
        let next = tried.wrapping_add(1);
        // Somebody else may have moved on already; once is enough.
        let _ = self.next.compare_exchange(tried, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

impl Connect for GrpcConnect {
    fn connect(&self) -> BoxFuture<Result<Link, ConnectError>> {
        let connect = self.clone();
        Box::pin(async move {
            let tried = connect.servers.next.load(Ordering::Relaxed);
            let client = connect.servers.client().await?;
            let (ours, theirs) = link();
            // The call itself runs beside: a server may wait for the hello before it answers.
            let servers = connect.servers.clone();
            let session = async move {
                if let Err(status) = carry(client, theirs).await {
                    warn!(%status, "session failed");
                }
                // Wherever it ended, the next server may be the better one (this one may not lead).
                servers.give_up(tried);
            };
            connect.runtime.spawn("session-carrier", Box::pin(session));
            Ok(ours)
        })
    }

    fn fetch_image(&self, digest: String) -> BoxFuture<Result<ImageArchive, BackendError>> {
        let connect = self.clone();
        Box::pin(async move {
            // A connection of its own: bytes of an archive must not stand before a heartbeat.
            let mut client =
                connect.servers.client().await.map_err(|error| BackendError::Retry(error.to_string()))?;
            let chunks = client
                .fetch_image(FetchImageRequest { digest })
                .await
                .map_err(|status| fetch_error(&status))?;
            let (sender, archive) = mpsc::channel(CHUNKS_IN_FLIGHT);
            connect.runtime.spawn("image-fetch", Box::pin(copy(chunks.into_inner(), sender)));
            Ok(archive)
        })
    }
}

/// Carries messages both ways until one side ends.
async fn carry(mut client: AgentServiceClient<Channel>, ends: ServerLink) -> Result<(), Status> {
    let ServerLink { to_agent, from_agent } = ends;
    let mut answers: Streaming<ServerMessage> =
        client.session(ReceiverStream::new(from_agent)).await?.into_inner();
    loop {
        tokio::select! { biased;
            () = to_agent.closed() => return Ok(()),
            message = answers.message() => match message? {
                Some(message) => if to_agent.send(message).await.is_err() { return Ok(()) },
                None => return Ok(()),
            }
        }
    }
}

async fn copy(mut chunks: Streaming<ImageChunk>, sender: mpsc::Sender<Result<Vec<u8>, BackendError>>) {
    loop {
        let chunk = match chunks.message().await {
            Ok(Some(chunk)) => Ok(chunk.data),
            Ok(None) => return,
            Err(status) => Err(fetch_error(&status)),
        };
        let broken = chunk.is_err();
        if sender.send(chunk).await.is_err() || broken {
            return;
        }
    }
}

fn fetch_error(status: &Status) -> BackendError {
    let text = format!("cannot fetch the image: {}", status.message());
    match status.code() {
        Code::NotFound | Code::InvalidArgument => BackendError::Permanent(text),
        _ => BackendError::Retry(text),
    }
}
