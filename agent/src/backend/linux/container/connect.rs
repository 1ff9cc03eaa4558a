//! A connection to a port inside a container.
//!
//! A socket belongs for good to the network namespace of the thread that made it. So a thread is made that enters the
//! container's namespace, makes the socket and ends ([`NetNs::run`]); connecting and everything after that happens where
//! all other tasks run, and no thread that others use was ever anywhere else.
//!
//! The address is loopback, as for `kubectl port-forward`: it reaches what listens on all addresses and what listens on
//! loopback alone, and security groups, which are about the network, have no say. Somebody who may do this may
//! run commands in there anyway.

use super::state::StateFolder;
use crate::backend::BackendError;
use crate::backend::linux::network::netns::NetNs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};

/// Loopback answers at once or not at all: a full backlog.
const PATIENCE: Duration = Duration::from_secs(5);

/// The network namespace of a container's first process; `None` when none lives. Looked at twice: a process id that the
/// kernel gave to somebody else meanwhile must not lead into a stranger's namespace.
pub(super) fn namespace(state: &StateFolder) -> io::Result<Option<NetNs>> {
    let Some(pid) = state.living_process()? else { return Ok(None) };
    let namespace = NetNs::open(Path::new(&format!("/proc/{pid}/ns/net"))).map_err(io::Error::other)?;
    Ok(namespace.filter(|_| state.living_process().is_ok_and(|found| found == Some(pid))))
}

/// Connects to `port` in a container's network namespace.
pub(super) async fn to(id: &str, namespace: NetNs, port: u16) -> Result<TcpStream, BackendError> {
    let namespace = Arc::new(namespace);
    let mut refusal = None;
    for address in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        let connected = async {
            let socket = socket_in(namespace.clone(), address).await?;
            connect(socket, SocketAddr::new(address, port)).await
        };
        match connected.await {
            Ok(stream) => return Ok(stream),
            // What IPv4 says is what people expect to read.
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    let reason = refusal.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into());
    Err(BackendError::Permanent(match reason.kind() {
        io::ErrorKind::ConnectionRefused => {
            format!("{id}: nothing listens on port {port}: connection refused")
        }
        _ => format!("{id}: port {port}: {reason}"),
    }))
}

async fn connect(socket: TcpSocket, address: SocketAddr) -> io::Result<TcpStream> {
    let stream = tokio::time::timeout(PATIENCE, socket.connect(address)).await;
    let stream = stream.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    // What comes in pieces here comes from a person or a protocol that waits for an answer.
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn socket_in(namespace: Arc<NetNs>, address: IpAddr) -> io::Result<TcpSocket> {
    let made = tokio::task::spawn_blocking(move || {
        let make = || if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        namespace.run(make).map_err(io::Error::other)?
    });
    made.await.map_err(io::Error::other)?
}
