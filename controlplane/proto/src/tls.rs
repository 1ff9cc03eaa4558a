//! How the contracts travel: TLS by rustls, below tonic.
//!
//! tonic's own TLS settings are read once. Certificates of the house change while connections stay, so both sides take a rustls
//! configuration whose resolvers and verifiers look at the certificates of the moment: [`Connector`] for a tonic
//! endpoint, [`handshakes`] for a tonic server. What tells the two sides apart is the name in the server's certificate,
//! not its address: addresses of a home network change hands.

use futures::StreamExt;
use futures::stream::{self, Stream};
use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, ServerConfig};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use tonic::transport::Endpoint;

/// A peer that has not shaken hands by then is not going to.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// Peers that may be shaking hands at once; more wait in the kernel's queue.
const HANDSHAKES: usize = 256;
/// After a failed accept (out of descriptors, most likely) some connection has to end first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Completes after a while. Time comes from whoever listens.
pub type Sleep = Arc<dyn Fn(Duration) -> BoxFuture<()> + Send + Sync>;

/// Opens TLS connections for a tonic endpoint.
#[derive(Clone)]
pub struct Connector {
    config: Arc<ClientConfig>,
    peer: ServerName<'static>,
}

impl Connector {
    /// Connections to whoever proves to be `peer` by `config`'s verifier. The configuration has to offer `h2`.
    pub fn new(config: Arc<ClientConfig>, peer: &str) -> Result<Self, InvalidDnsNameError> {
        Ok(Self { config, peer: ServerName::try_from(peer)?.to_owned() })
    }

    /// The endpoint at `host:port` for this connector. Its scheme is `http`, since for tonic the TLS below does not
    /// exist.
    pub fn endpoint(address: &str) -> Result<Endpoint, tonic::transport::Error> {
        Endpoint::from_shared(format!("http://{address}"))
    }
}

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<client::TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = BoxFuture<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
            let tcp = TcpStream::connect((host, uri.port_u16().unwrap_or_default())).await?;
            tcp.set_nodelay(true)?;
            let tls = TlsConnector::from(connector.config).connect(connector.peer, tcp).await?;
            Ok(TokioIo::new(tls))
        })
    }
}

/// Connections that have shaken hands, for a tonic server. Handshakes run beside each other, so a peer that stalls holds up
/// nobody; one that fails is the peer's affair and left out.
pub fn handshakes(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    sleep: Sleep,
) -> impl Stream<Item = server::TlsStream<TcpStream>> + Send {
    let acceptor = TlsAcceptor::from(config);
    let connections = accepted(listener, sleep.clone());
    let shaken = connections.map(move |tcp| shake(acceptor.clone(), tcp, sleep.clone()));
    shaken.buffer_unordered(HANDSHAKES).filter_map(std::future::ready)
}

fn accepted(listener: TcpListener, sleep: Sleep) -> impl Stream<Item = TcpStream> + Send {
    stream::unfold((listener, sleep), |(listener, sleep)| async move {
        loop {
            match listener.accept().await {
                Ok((tcp, _)) => return Some((tcp, (listener, sleep))),
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        }
    })
}

async fn shake(acceptor: TlsAcceptor, tcp: TcpStream, sleep: Sleep) -> Option<server::TlsStream<TcpStream>> {
    tcp.set_nodelay(true).ok()?;
    tokio::select! {
        biased;
        shaken = acceptor.accept(tcp) => shaken.ok(),
        () = sleep(HANDSHAKE_WITHIN) => None,
    }
}
