//! The way of health checks to endpoints inside a VPC: a socket made in its namespace, with an address that only this
//! machine has.
//!
//! The router's other addresses are the same on every machine: an endpoint on another one would answer to its own router.

use super::model::Place;
use super::names;
use super::netns::NetNs;
use super::{Network, session};
use controlplane_proto::dns::HealthCheck;
use controlplane_types::BoxFuture;
use dns::health::Way;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use tokio::net::{TcpSocket, TcpStream};

impl Network {
    fn vpc_namespace(&self, vpc_id: &str) -> Option<PathBuf> {
        session::file(&self.config, &Place::Vpc(vpc_id.to_owned()))
    }
}

impl Way for Network {
    /// A node may be told of a VPC before it holds an interface in it, and after.
    fn is_open(&self, check: &HealthCheck) -> bool {
        let path = self.vpc_namespace(&check.vpc_id);
        path.is_some_and(|path| matches!(NetNs::open(&path), Ok(Some(_))))
    }

    /// Checks of VPCs have addresses.
    fn resolve(&self, _: &str) -> BoxFuture<Option<IpAddr>> {
        Box::pin(std::future::ready(None))
    }

    fn connect(&self, check: &HealthCheck, endpoint: SocketAddr) -> BoxFuture<io::Result<TcpStream>> {
        let path = self.vpc_namespace(&check.vpc_id);
        let source = SocketAddr::new(names::checker(self.config.underlay).into(), 0);
        Box::pin(async move {
            let path = path.ok_or(io::ErrorKind::NotFound)?;
            // On a thread of its own, for the time of one system call.
            let made = tokio::task::spawn_blocking(move || socket(&path)).await;
            let socket = made.map_err(io::Error::other)??;
            socket.bind(source)?;
            socket.connect(endpoint).await
        })
    }
}

/// Belongs to the namespace it is made in, wherever it is used.
fn socket(path: &Path) -> io::Result<TcpSocket> {
    let found = NetNs::open(path).map_err(io::Error::other)?;
    let namespace = found.ok_or(io::ErrorKind::NotFound)?;
    namespace.run(TcpSocket::new_v4).map_err(io::Error::other)?
}
