//! One probe of one endpoint (route53.md section 12, rules 10 to 18).
//!
//! Each stage has its limit: to connect (with the handshakes of HTTPS), from there to the end of the headers, from there to
//! what a search needs of the body. So a probe ends in 8 seconds, in 10 for TCP, whatever the endpoint does, and holds at
//! most the headers and as much of the body as is searched.

mod body;
mod connection;
mod http;
mod tls;

pub use tls::Tls;

#[cfg(test)]
pub(super) use http::host_header;

use super::way::Way;
use connection::{Connection, open};
use controlplane_proto::dns::HealthCheck;
use controlplane_proto::dns::health_check::Kind;
use controlplane_types::Runtime;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The text of a success or of a failure, without the word in front.
pub(crate) type Outcome = Result<String, String>;

/// How long each stage took that was passed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Latency {
    pub(crate) connect: Option<Duration>,
    pub(crate) tls: Option<Duration>,
    pub(crate) first_byte: Option<Duration>,
}

/// What a probe is made with.
#[derive(Clone, Copy)]
pub(crate) struct Means<'m> {
    pub(crate) runtime: &'m dyn Runtime,
    pub(crate) tls: &'m Tls,
    pub(crate) way: &'m dyn Way,
}

/// Probes `check` at `address`.
pub(crate) async fn probe(
    means: Means<'_>,
    check: &HealthCheck,
    address: IpAddr,
    latency: &mut Latency,
) -> Outcome {
    let Ok(port) = u16::try_from(check.port) else {
        return Err("The port is no port".to_owned());
    };
    let connection = open(means, check, SocketAddr::new(address, port), latency).await?;
    let runtime = means.runtime;
    match connection {
        Connection::Bare => Ok("The TCP connection was established".to_owned()),
        Connection::Clear(stream) => http::ask(runtime, stream, check, address, latency).await,
        Connection::Secret(stream) => http::ask(runtime, *stream, check, address, latency).await,
    }
}

/// Whether a kind goes through TLS.
fn is_https(kind: Kind) -> bool {
    matches!(kind, Kind::Https | Kind::HttpsStrMatch)
}
