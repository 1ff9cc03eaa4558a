//! The real line: gRPC with mutual TLS to one of several servers.

use super::servers::KnownServers;
use super::{Connect, ConnectError, Link, ServerLink, link};
use crate::backend::{BackendError, ImageArchive};
use crate::ledger::LedgerStore;
use controlplane_proto::agent::agent_service_client::AgentServiceClient;
use controlplane_proto::agent::{FetchImageRequest, ImageChunk, ServerMessage};
use controlplane_proto::cluster::Servers;
use controlplane_proto::tls::Connector;
use controlplane_types::{BoxFuture, Runtime};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};
use tracing::warn;

/// The largest message taken: a desired set with tens of thousands of neighbours fits.
const MOST_MESSAGE_BYTES: usize = 64 << 20;
/// A machine without power takes this long to be given up; the next server is tried then.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const CHUNKS_IN_FLIGHT: usize = 4;

/// Connects to the servers, in the order their directory says.
#[derive(Clone)]
pub struct GrpcConnect {
    shared: Arc<Shared>,
    runtime: Arc<dyn Runtime>,
}

struct Shared {
    servers: KnownServers,
    /// Knows the certificates of the moment.
    connector: Connector,
}

impl GrpcConnect {
    /// `servers` as `host:port`, beside those that the `ledger` holds; at least one in all.
    pub fn new(
        servers: &[String],
        connector: Connector,
        ledger: Arc<dyn LedgerStore>,
        runtime: Arc<dyn Runtime>,
    ) -> Result<Self, ConnectError> {
        for server in servers {
            endpoint(server)?;
        }
        let servers = KnownServers::load(servers.to_vec(), ledger, &runtime)
            .map_err(|error| ConnectError(chain(&error)))?;
        if servers.directory().is_empty() {
            return Err(ConnectError("no server address given".to_owned()));
        }
        Ok(Self { shared: Arc::new(Shared { servers, connector }), runtime })
    }
}

fn endpoint(server: &str) -> Result<Endpoint, ConnectError> {
    let endpoint = Connector::endpoint(server)
        .map_err(|error| ConnectError(format!("server {server}: {}", chain(&error))))?;
    Ok(endpoint.connect_timeout(CONNECT_TIMEOUT))
}

/// The whole chain of causes: the outermost text alone ("transport error") helps nobody.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

impl Shared {
    /// The first server that answers, and its address.
    async fn client(&self) -> Result<(AgentServiceClient<Channel>, String), ConnectError> {
        let mut errors = Vec::new();
        let order = self.servers.directory().order();
        for server in order {
            let endpoint = endpoint(&server)?;
            match endpoint.connect_with_connector(self.connector.clone()).await {
                Ok(channel) => {
                    self.servers.directory().answered(&server);
                    let client =
                        AgentServiceClient::new(channel).max_decoding_message_size(MOST_MESSAGE_BYTES);
                    return Ok((client, server));
                }
                Err(error) => {
                    self.servers.directory().failed(&server);
                    errors.push(format!("server {server}: {}", chain(&error)));
                }
            }
        }
        Err(ConnectError(errors.join("; ")))
    }
}

impl Connect for GrpcConnect {
    fn connect(&self) -> BoxFuture<Result<Link, ConnectError>> {
        let connect = self.clone();
        Box::pin(async move {
            let (client, server) = connect.shared.client().await?;
            let (ours, theirs) = link();
            // The call itself runs beside: a server may wait for the hello before it answers.
            let shared = connect.shared.clone();
            let session = async move {
                if let Err(status) = carry(client, theirs).await {
                    warn!(%status, server, "session failed");
                }
                // Wherever it ended, another server is the better one: this one died, or does not lead.
                shared.servers.directory().leave(&server);
            };
            connect.runtime.spawn("session-carrier", Box::pin(session));
            Ok(ours)
        })
    }

    fn learn(&self, servers: &Servers) {
        self.shared.servers.learn(servers);
    }

    fn fetch_image(&self, digest: String) -> BoxFuture<Result<ImageArchive, BackendError>> {
        let connect = self.clone();
        Box::pin(async move {
            // A connection of its own: bytes of an archive must not stand before a heartbeat.
            let connected = connect.shared.client().await;
            let (mut client, _) = connected.map_err(|error| BackendError::Retry(error.to_string()))?;
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
