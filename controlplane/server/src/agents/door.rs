//! The agents' gRPC door.
//!
//! An archive lies on the server that took it in, which need not be the one that leads now: a server that does not have
//! it asks the others, and lets what it gets flow through.

use super::{AgentLink, Agents, OUTBOX};
use crate::cluster::relay::Relay;
use crate::images::{ImageError, ImageStore};
use crate::pki::Role;
use crate::roles::PASSED_ON;
use controlplane_proto::agent::agent_service_client::AgentServiceClient;
use controlplane_proto::agent::agent_service_server::AgentService;
use controlplane_proto::agent::{AgentMessage, FetchImageRequest, ImageChunk, ServerMessage};
use futures::stream::BoxStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataValue;
use tonic::{Code, Request, Response, Status, Streaming};

/// Serves agents that come over the network.
pub struct AgentDoor {
    agents: Agents,
    images: ImageStore,
    relay: Relay,
}

type Archive = BoxStream<'static, Result<ImageChunk, Status>>;

impl AgentDoor {
    /// A door to these sessions and images, and over `relay` to the images of the other servers.
    pub(crate) fn new(agents: Agents, images: ImageStore, relay: Relay) -> Self {
        Self { agents, images, relay }
    }

    /// An archive that another server has. That a server could not be asked is no proof that there is none.
    async fn elsewhere(&self, digest: &str) -> Result<Archive, Status> {
        let cluster = &self.agents.0.cluster;
        let mut others = cluster.addresses();
        others.remove(&cluster.number());
        let mut verdict = Status::not_found(format!("no server has an image archive {digest}"));
        for (number, address) in others {
            let mut request = Request::new(FetchImageRequest { digest: digest.to_owned() });
            let role = MetadataValue::from_static(Role::Agent.as_str());
            request.metadata_mut().insert(PASSED_ON, role);
            match AgentServiceClient::new(self.relay.channel(&address)?).fetch_image(request).await {
                Ok(archive) => return Ok(Box::pin(archive.into_inner())),
                Err(status) if status.code() == Code::NotFound => {}
                Err(_) => {
                    verdict = Status::unavailable(format!(
                        "server {number} cannot be asked for image archive {digest}, and no other has it"
                    ));
                }
            }
        }
        Err(verdict)
    }
}

#[tonic::async_trait]
impl AgentService for AgentDoor {
    type SessionStream = BoxStream<'static, Result<ServerMessage, Status>>;
    type FetchImageStream = Archive;

    async fn session(
        &self,
        request: Request<Streaming<AgentMessage>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        let (sender, from_agent) = mpsc::channel(OUTBOX);
        let (to_agent, messages) = mpsc::channel(OUTBOX);
        let mut stream = request.into_inner();
        let pump = async move {
            while let Ok(Some(message)) = stream.message().await {
                if sender.send(message).await.is_err() {
                    return;
                }
            }
        };
        self.agents.0.runtime.spawn("agent-inbound", Box::pin(pump));
        self.agents.accept(AgentLink { from_agent, to_agent });
        let messages = tokio_stream::StreamExt::map(ReceiverStream::new(messages), Ok);
        Ok(Response::new(Box::pin(messages)))
    }

    async fn fetch_image(
        &self,
        request: Request<FetchImageRequest>,
    ) -> Result<Response<Self::FetchImageStream>, Status> {
        let passed_on = request.metadata().contains_key(PASSED_ON);
        let digest = request.into_inner().digest;
        let archive: Archive = match self.images.read(&digest).await {
            Ok(chunks) => Box::pin(ReceiverStream::new(chunks)),
            Err(ImageError::Unknown(_)) if !passed_on => self.elsewhere(&digest).await?,
            Err(error) => return Err(Status::not_found(error.to_string())),
        };
        Ok(Response::new(archive))
    }
}
