//! Getting to an endpoint.

use super::tls;
use super::{Latency, Means, is_https};
use controlplane_proto::dns::HealthCheck;
use controlplane_proto::dns::health_check::Kind;
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
    means: Means<'_>,
    check: &HealthCheck,
    endpoint: SocketAddr,
    latency: &mut Latency,
) -> Result<Connection, String> {
    let limit = if check.kind() == Kind::Tcp { TCP } else { HTTP };
    let opened = means.runtime.within(limit, opened(means, check, endpoint, latency)).await;
    opened.unwrap_or_else(|| Err(format!("No connection to {endpoint} within the timeout")))
}

async fn opened(
    means: Means<'_>,
    check: &HealthCheck,
    endpoint: SocketAddr,
    latency: &mut Latency,
) -> Result<Connection, String> {
    let start = means.runtime.monotonic();
    let stream = connect(means, check, endpoint).await?;
    let connected = means.runtime.monotonic();
    latency.connect = Some(connected - start);
    if !is_https(check.kind()) {
        let tcp = check.kind() == Kind::Tcp;
        return Ok(if tcp { Connection::Bare } else { Connection::Clear(stream) });
    }
    let secret = secret(means, check, endpoint, stream).await?;
    latency.tls = Some(means.runtime.monotonic() - connected);
    Ok(Connection::Secret(Box::new(secret)))
}

async fn connect(means: Means<'_>, check: &HealthCheck, endpoint: SocketAddr) -> Result<TcpStream, String> {
    let connected = means.way.connect(check, endpoint).await;
    connected.map_err(|error| format!("The connection to {endpoint} failed: {}", error.kind()))
}

/// Rule 14: with the name in the greeting, and once more without it if the certificate is for somebody else. What the second
/// certificate says does not matter.
async fn secret(
    means: Means<'_>,
    check: &HealthCheck,
    endpoint: SocketAddr,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, String> {
    let failed = |error: std::io::Error| format!("The TLS handshake with {endpoint} failed: {error}");
    let host = check.host.trim_end_matches('.');
    let Some(name) = tls::name(host).filter(|_| check.enable_sni) else {
        return means.tls.handshake(endpoint.ip().into(), stream).await.map_err(failed);
    };
    let named = means.tls.handshake(name, stream).await.map_err(failed)?;
    if tls::is_for(&named, host) {
        return Ok(named);
    }
    drop(named);
    let again = connect(means, check, endpoint).await?;
    means.tls.handshake(endpoint.ip().into(), again).await.map_err(failed)
}
