//! TLS of the resolvers: under the certificate of the moment, for whoever comes.
//!
//! Nobody shows a certificate here, so sessions may be resumed: there is nothing that would have to be checked anew.

use controlplane_types::Runtime;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::ResolvesServerCert;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A client that has not shaken hands by then is not going to.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);

/// How the encrypted ports shake hands.
pub(super) struct Encryption {
    /// Of DNS over TLS.
    pub(super) tls: TlsAcceptor,
    /// Of DNS over HTTPS.
    pub(super) https: TlsAcceptor,
}

impl Encryption {
    pub(super) fn new(certificate: Arc<dyn ResolvesServerCert>) -> Result<Self, rustls::Error> {
        Ok(Self {
            tls: acceptor(certificate.clone(), &[b"dot"])?,
            https: acceptor(certificate, &[b"h2", b"http/1.1"])?,
        })
    }
}

/// A client that names no protocol is taken to mean the port's.
fn acceptor(
    certificate: Arc<dyn ResolvesServerCert>,
    protocols: &[&[u8]],
) -> Result<TlsAcceptor, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The connection once it is encrypted. One that fails is the client's affair: TLS itself has told it why.
pub(super) async fn shaken(
    tls: &TlsAcceptor,
    stream: TcpStream,
    runtime: &dyn Runtime,
) -> Option<TlsStream<TcpStream>> {
    runtime.within(HANDSHAKE_WITHIN, tls.accept(stream)).await?.ok()
}
