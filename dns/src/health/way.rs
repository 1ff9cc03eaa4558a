//! How a checker gets to endpoints: over this machine's own network, or over another one that the machine has a part in.

use super::resolve::Resolver;
use controlplane_proto::dns::HealthCheck;
use controlplane_types::BoxFuture;
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpStream;

/// Opens the connections of probes.
pub trait Way: Send + Sync + 'static {
    /// Whether there is a way to the endpoint of `check` at all. Where there is none nothing is probed: what nobody could see
    /// is no failure.
    fn is_open(&self, check: &HealthCheck) -> bool;

    /// An address of the endpoint of a check that names a host and no address.
    fn resolve(&self, host: &str) -> BoxFuture<Option<IpAddr>>;

    /// A connection to the endpoint of `check`. Whoever calls bounds the time it takes.
    fn connect(&self, check: &HealthCheck, endpoint: SocketAddr) -> BoxFuture<io::Result<TcpStream>>;
}

/// The way of a DNS server: its machine's network.
pub(crate) struct Outward(pub(crate) Resolver);

impl Way for Outward {
    fn is_open(&self, _: &HealthCheck) -> bool {
        true
    }

    fn resolve(&self, host: &str) -> BoxFuture<Option<IpAddr>> {
        let (resolver, host) = (self.0.clone(), host.to_owned());
        Box::pin(async move { resolver.first_address(&host).await.map(IpAddr::V4) })
    }

    fn connect(&self, _: &HealthCheck, endpoint: SocketAddr) -> BoxFuture<io::Result<TcpStream>> {
        Box::pin(TcpStream::connect(endpoint))
    }
}
