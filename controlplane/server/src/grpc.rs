//! The gRPC port: one router, each service behind the roles that may enter.
//!
//! TLS asks every caller for a certificate and takes him without one: a machine that wants to come in has none yet. It reaches
//! the identity service and nothing else, since every other service asks for a role.

use crate::agents::AgentDoor;
use crate::cluster::relay::Relay;
use crate::core::Core;
use crate::debug::{self, DebugDoor};
use crate::dns_feed::FeedDoor;
use crate::identity::{Connections, IdentityDoor, admission};
use crate::images::ImageStore;
use crate::measured::Measured;
use crate::native::{self, NativeDoor};
use crate::pki::{Credentials, PkiError, Role};
use crate::roles::{require, require_member};
use controlplane_proto::agent::agent_service_server::AgentServiceServer;
use controlplane_proto::api::hearth_server::HearthServer;
use controlplane_proto::debug::debug_server::DebugServer;
use controlplane_proto::dns::dns_feed_server::DnsFeedServer;
use controlplane_proto::identity::identity_server::IdentityServer;
use controlplane_proto::raft::raft_transport_server::RaftTransportServer;
use controlplane_proto::tls::handshakes;
use controlplane_raft::RaftService;
use futures::StreamExt;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use tonic::transport::server::Router;

/// A peer that does not answer a ping by then is gone.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// What stands behind the port, beside the core.
pub(crate) struct Doors {
    /// The command line's.
    pub(crate) native: NativeDoor,
    /// Joiners', renewers', administrators'.
    pub(crate) identity: IdentityDoor,
    /// Archives of imported images, for agents.
    pub(crate) images: ImageStore,
    /// The way to the server that leads.
    pub(crate) relay: Relay,
}

/// Serves the gRPC port until `stop` says so.
pub(crate) fn listen(
    core: &Core,
    doors: Doors,
    credentials: &Credentials,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) -> Result<(), PkiError> {
    let region = core.first_start.region.clone();
    let admit = admission(core.replica.clone(), region.clone());
    let tls = credentials.open_door(admit.clone())?;
    let connections = Connections::default();
    let watch = connections.clone().watch(core.replica.clone(), region);
    core.runtime.spawn("revocations", Box::pin(watch));
    let clock = core.runtime.clone();
    let shaken = handshakes(listener, tls, Arc::new(move |duration| clock.sleep(duration)));
    let admitted = shaken.filter_map(move |tls| std::future::ready(connections.admit(tls, &admit)));
    let router = router(core, doors);
    let stopped = async move {
        // An error means that whoever could say stop is gone.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let serve = router.serve_with_incoming_shutdown(admitted.map(Ok::<_, io::Error>), stopped);
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

fn router(core: &Core, doors: Doors) -> Router {
    let relay = doors.relay;
    let agents = AgentServiceServer::new(AgentDoor::new(core.agents.clone(), doors.images, relay.clone()));
    let feed = DnsFeedServer::new(FeedDoor::new(core.dns_feed.clone()));
    let debug = DebugDoor::new(core.clone());
    let debug =
        Measured::new(relay.in_front_of(DebugServer::new(debug), debug::ANYWHERE), core.runtime.clone());
    let native = relay.in_front_of(HearthServer::new(doors.native), native::ANYWHERE);
    let native = Measured::new(native, core.runtime.clone());
    let raft: RaftTransportServer<RaftService> = RaftService::new(core.node.inbound()).into_server();
    Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE))
        .add_service(IdentityServer::new(doors.identity))
        .add_service(InterceptedService::new(agents, require(&[Role::Agent, Role::Server])))
        .add_service(InterceptedService::new(feed, require(&[Role::Dns, Role::Server])))
        .add_service(InterceptedService::new(native, require(&[Role::Client, Role::Server])))
        .add_service(InterceptedService::new(debug, require(&[Role::Client, Role::Server])))
        .add_service(InterceptedService::new(raft, require_member))
}
