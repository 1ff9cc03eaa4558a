//! The gRPC port: one router, each service behind the roles that may enter.

use crate::agents::AgentDoor;
use crate::cluster::relay::Relay;
use crate::core::Core;
use crate::dns_feed::FeedDoor;
use crate::images::ImageStore;
use crate::native::{self, NativeDoor};
use crate::pki::{Pki, PkiError, Role};
use crate::roles::require;
use controlplane_proto::agent::agent_service_server::AgentServiceServer;
use controlplane_proto::api::hearth_server::HearthServer;
use controlplane_proto::dns::dns_feed_server::DnsFeedServer;
use controlplane_proto::raft::raft_transport_server::RaftTransportServer;
use controlplane_raft::RaftService;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;

/// A peer that does not answer a ping by then is gone.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// Serves the gRPC port until `stop` says so.
pub(crate) async fn listen(
    core: &Core,
    native: NativeDoor,
    relay: &Relay,
    images: ImageStore,
    pki: &Pki,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) -> Result<(), PkiError> {
    let agents = AgentServiceServer::new(AgentDoor::new(core.agents.clone(), images, relay.clone()));
    let feed = DnsFeedServer::new(FeedDoor::new(core.dns_feed.clone()));
    let native = relay.in_front_of(HearthServer::new(native), native::ANYWHERE);
    let raft: RaftTransportServer<RaftService> = RaftService::new(core.node.inbound()).into_server();
    let server = Server::builder()
        .tcp_nodelay(true)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE));
    let router = server
        .tls_config(pki.server_tls(Role::Server)?)
        .map_err(|error| PkiError::Tls(error.to_string()))?
        .add_service(InterceptedService::new(agents, require(&[Role::Agent, Role::Server])))
        .add_service(InterceptedService::new(feed, require(&[Role::Dns, Role::Server])))
        .add_service(InterceptedService::new(native, require(&[Role::Client, Role::Server])))
        .add_service(InterceptedService::new(raft, require(&[Role::Server])));
    let stopped = async move {
        // An error means that whoever could say stop is gone.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let serve = router.serve_with_incoming_shutdown(TcpListenerStream::new(listener), stopped);
    core.runtime.spawn(
        "grpc",
        Box::pin(async move {
            if let Err(error) = serve.await {
                tracing::error!(%error, "the gRPC port failed");
            }
        }),
    );
    Ok(())
}
