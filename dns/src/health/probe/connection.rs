//! Getting to an endpoint.

use super::tls::{self, Tls};
use super::{Latency, is_https};
use controlplane_proto::dns::HealthCheck;
use controlplane_proto::dns::health_check::Kind;
use controlplane_types::Runtime;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// Rule 10. The handshakes of HTTPS are part of it: a connection that nothing can be asked on is none.
const HTTP: Duration = Duration::from_secs(4);
/// Rule 12.
const TCP: Duration = Duration::from_secs(10);

/// What a check talks over.
pub(super) enum Connection {
    /// All that a TCP check wants.
    Bare,
    /// HTTP.
    Clear(TcpStream),
    /// HTTPS.
    Secret(Box<TlsStream<TcpStream>>),
}

pub(super) async fn open(
    runtime: &dyn Runtime,
    tls: &Tls,
    check: &HealthCheck,
    endpoint: SocketAddr,
    latency: &mut Latency,
) -> Result<Connection, String> {
    let limit = if check.kind() == Kind::Tcp { TCP } else { HTTP };
    let opened = runtime.within(limit, opened(runtime, tls, check, endpoint, latency)).await;
    opened.unwrap_or_else(|| Err(format!("No connection to {endpoint} within the timeout")))
}

async fn opened(
    runtime: &dyn Runtime,
    tls: &Tls,
    check: &HealthCheck,
    endpoint: SocketAddr,
    latency: &mut Latency,
) -> Result<Connection, String> {
    let start = runtime.monotonic();
    let stream = connect(endpoint).await?;
    let connected = runtime.monotonic();
    latency.connect = Some(connected - start);
    if !is_https(check.kind()) {
        let tcp = check.kind() == Kind::Tcp;
        return Ok(if tcp { Connection::Bare } else { Connection::Clear(stream) });
    }
    let secret = secret(tls, check, endpoint, stream).await?;
    latency.tls = Some(runtime.monotonic() - connected);
    Ok(Connection::Secret(Box::new(secret)))
}

async fn connect(endpoint: SocketAddr) -> Result<TcpStream, String> {
    let connected = TcpStream::connect(endpoint).await;
    connected.map_err(|error| format!("The connection to {endpoint} failed: {}", error.kind()))
}

/// Rule 14: with the name in the greeting, and once more without it if the certificate is for somebody else. What the second
/// certificate says does not matter.
async fn secret(
    tls: &Tls,
    check: &HealthCheck,
    endpoint: SocketAddr,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, String> {
    let failed = |error: std::io::Error| format!("The TLS handshake with {endpoint} failed: {error}");
    let host = check.host.trim_end_matches('.');
    let Some(name) = tls::name(host).filter(|_| check.enable_sni) else {
        return tls.handshake(endpoint.ip().into(), stream).await.map_err(failed);
    };
    let named = tls.handshake(name, stream).await.map_err(failed)?;
    if tls::is_for(&named, host) {
        return Ok(named);
    }
    drop(named);
    tls.handshake(endpoint.ip().into(), connect(endpoint).await?).await.map_err(failed)
}
