//! What is checked: one program behind every address.

use crate::Kind;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;
use tests_benches_instruments::Failure;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Connections that may wait to be taken.
const BACKLOG: u32 = 16_384;
/// Longer than any check waits.
const SILENCE: Duration = Duration::from_secs(15);

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mood {
    Well,
    Ill,
    Silent,
    Closed,
}

pub(crate) struct Target {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    mood: AtomicU8,
    asked: AtomicU64,
    tls: Option<TlsAcceptor>,
}

impl Target {
    pub(crate) async fn start(kind: Kind) -> Result<Self, Failure> {
        let tls = if kind == Kind::Https { Some(acceptor()?) } else { None };
        let shared =
            Arc::new(Shared { mood: AtomicU8::new(Mood::Well as u8), asked: AtomicU64::new(0), tls });
        let listener = listen(0)?;
        let port = listener.local_addr()?.port();
        tokio::spawn(shared.clone().serve(listener, port));
        Ok(Self { port, shared })
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.shared.mood.store(mood as u8, Ordering::Relaxed);
    }

    /// Connections so far.
    pub(crate) fn asked(&self) -> u64 {
        self.shared.asked.load(Ordering::Relaxed)
    }
}

impl Shared {
    /// Opens the port and closes it as the mood says.
    async fn serve(self: Arc<Self>, listener: TcpListener, port: u16) {
        let mut open = Some(listener);
        loop {
            if self.is(Mood::Closed) {
                open = None;
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            let Some(listener) = open.as_ref() else {
                open = listen(port).ok();
                continue;
            };
            let accepted = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
            if let Ok(Ok((stream, _))) = accepted {
                self.asked.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(self.clone().greet(stream));
            }
        }
    }

    fn is(&self, mood: Mood) -> bool {
        self.mood.load(Ordering::Relaxed) == mood as u8
    }

    /// What goes wrong with a connection is the checker's to tell.
    async fn greet(self: Arc<Self>, stream: TcpStream) {
        if self.is(Mood::Silent) {
            tokio::time::sleep(SILENCE).await;
            return;
        }
        match &self.tls {
            None => drop(self.answer(stream).await),
            Some(tls) => {
                if let Ok(stream) = tls.accept(stream).await {
                    drop(self.answer(stream).await);
                }
            }
        }
    }

    async fn answer(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
        let mut request = [0; 1024];
        if stream.read(&mut request).await? > 0 {
            let status = if self.is(Mood::Well) { "200 OK" } else { "503 Service Unavailable" };
            let response = format!(
                "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nall is well"
            );
            stream.write_all(response.as_bytes()).await?;
            // The checker closes when it has seen enough.
            while stream.read(&mut request).await? > 0 {}
        }
        Ok(())
    }
}

fn listen(port: u16) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)))?;
    socket.listen(BACKLOG)
}

fn acceptor() -> Result<TlsAcceptor, Failure> {
    let pair = rcgen::KeyPair::generate()?;
    let certificate = rcgen::CertificateParams::new(vec!["target.test".to_owned()])?.self_signed(&pair)?;
    let key = PrivateKeyDer::try_from(pair.serialize_der())?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
