//! The agents' gRPC door.

use super::{AgentLink, Agents, OUTBOX};
use crate::images::ImageStore;
use crate::pki::Role;
use crate::roles::bound_name;
use controlplane_proto::agent::agent_service_server::AgentService;
use controlplane_proto::agent::{AgentMessage, FetchImageRequest, ImageChunk, ServerMessage};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

/// Serves agents that come over the network.
pub struct AgentDoor {
    agents: Agents,
    images: ImageStore,
}

impl AgentDoor {
    /// A door to these sessions and images.
    pub fn new(agents: Agents, images: ImageStore) -> Self {
        Self { agents, images }
    }
}

#[tonic::async_trait]
impl AgentService for AgentDoor {
    type SessionStream = futures::stream::BoxStream<'static, Result<ServerMessage, Status>>;
    type FetchImageStream = ReceiverStream<Result<ImageChunk, Status>>;

    async fn session(
        &self,
        request: Request<Streaming<AgentMessage>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        let (sender, from_agent) = mpsc::channel(OUTBOX);
        let (to_agent, messages) = mpsc::channel(OUTBOX);
        let node = bound_name(&request, Role::Agent);
        let mut stream = request.into_inner();
        let pump = async move {
            while let Ok(Some(message)) = stream.message().await {
                if sender.send(message).await.is_err() {
                    return;
                }
            }
        };
        self.agents.0.runtime.spawn("agent-inbound", Box::pin(pump));
        self.agents.accept(AgentLink { from_agent, to_agent, node });
        let messages = tokio_stream::StreamExt::map(ReceiverStream::new(messages), Ok);
        Ok(Response::new(Box::pin(messages)))
    }

    async fn fetch_image(
        &self,
        request: Request<FetchImageRequest>,
    ) -> Result<Response<Self::FetchImageStream>, Status> {
        let digest = request.into_inner().digest;
        let chunks = self.images.read(&digest).await.map_err(|error| Status::not_found(error.to_string()))?;
        Ok(Response::new(ReceiverStream::new(chunks)))
    }
}
