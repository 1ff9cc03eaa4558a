//! One GET over TLS to a host of somebody's choosing: looked up once, held against the rules by address, connected to that very
//! address, asked for one document, and left.

use super::trust::{Judge, KnownBy, thumbprint};
use super::{Documents, Unavailable};
use bytes::Bytes;
use controlplane_types::{BoxFuture, Runtime, reach};
use http::header::{ACCEPT, HOST, USER_AGENT};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// All of a call.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a document.
const DOCUMENT_MAX: usize = 256 * 1024;
const HTTPS: u16 = 443;

/// The network.
#[derive(Clone)]
pub struct Https(Arc<Shared>);

struct Shared {
    runtime: Arc<dyn Runtime>,
    /// Whether loopback addresses are places to ask.
    loopback: bool,
    provider: Arc<CryptoProvider>,
    /// Read when they are first needed: most servers never call anybody.
    everybody: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
}

impl fmt::Debug for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Https").field("loopback", &self.0.loopback).finish_non_exhaustive()
    }
}

/// Where a document is.
struct Place {
    url: String,
    host: String,
    port: u16,
    path: String,
}

impl Place {
    fn of(url: String) -> Result<Self, Unavailable> {
        let parsed: Result<Uri, _> = format!("https://{url}").parse();
        let parsed = parsed.map_err(|_| Unavailable::Forbidden(url.clone(), "not a URL"))?;
        let authority = parsed.authority().map(|authority| authority.as_str()).unwrap_or_default();
        let host = parsed.host().unwrap_or_default().to_owned();
        if host.is_empty() || authority.contains('@') {
            return Err(Unavailable::Forbidden(url, "not a host"));
        }
        let path = parsed.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { host, port: parsed.port_u16().unwrap_or(HTTPS), path, url })
    }

    fn unreachable(&self, why: impl fmt::Display) -> Unavailable {
        Unavailable::Unreachable(self.url.clone(), why.to_string())
    }
}

impl Https {
    /// Calls go out to wherever this machine reaches; to itself only if `loopback`.
    pub fn new(runtime: Arc<dyn Runtime>, loopback: bool) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        Self(Arc::new(Shared { runtime, loopback, provider, everybody: OnceLock::new() }))
    }

    /// The addresses of a host that may be called.
    async fn addresses(&self, place: &Place) -> Result<Vec<SocketAddr>, Unavailable> {
        let host = place.host.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::net::lookup_host((host, place.port)).await;
        let found = found.map_err(|error| place.unreachable(error))?;
        let may_be = |address: &SocketAddr| {
            let ip = address.ip().to_canonical();
            !reach::is_off_limits(ip) && (self.0.loopback || !ip.is_loopback())
        };
        let allowed: Vec<SocketAddr> = found.filter(may_be).collect();
        match allowed.is_empty() {
            true => Err(Unavailable::Forbidden(place.url.clone(), "no address of it may be called")),
            false => Ok(allowed),
        }
    }

    async fn connect(&self, place: &Place, known_by: KnownBy) -> Result<TlsStream<TcpStream>, Unavailable> {
        let addresses = self.addresses(place).await?;
        let stream = TcpStream::connect(&*addresses).await.map_err(|error| place.unreachable(error))?;
        let host = place.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|error| place.unreachable(error))?;
        let connector =
            TlsConnector::from(Arc::new(self.tls(known_by).map_err(|error| place.unreachable(error))?));
        connector.connect(name, stream).await.map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            match inner {
                Some(rustls::Error::InvalidCertificate(_)) => Unavailable::Untrusted(place.url.clone()),
                _ => place.unreachable(error),
            }
        })
    }

    fn tls(&self, known_by: KnownBy) -> Result<ClientConfig, rustls::Error> {
        let everybody = self.0.everybody.get_or_init(|| everybody(&self.0.provider)).clone();
        let judge = Judge { provider: self.0.provider.clone(), everybody, known_by };
        let builder = ClientConfig::builder_with_provider(self.0.provider.clone())
            .with_safe_default_protocol_versions()?;
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(judge));
        Ok(builder.with_no_client_auth())
    }

    async fn document(&self, place: &Place, thumbprints: Vec<String>) -> Result<Bytes, Unavailable> {
        let stream = self.connect(place, KnownBy::Thumbprint(thumbprints)).await?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| place.unreachable(error))?;
        let ask = async {
            let answer =
                sender.send_request(request(place)?).await.map_err(|error| place.unreachable(error))?;
            if answer.status() != StatusCode::OK {
                return Err(Unavailable::Unusable(place.url.clone(), format!("status {}", answer.status())));
            }
            let body = Limited::new(answer.into_body(), DOCUMENT_MAX).collect().await;
            body.map(|body| body.to_bytes()).map_err(|error| place.unreachable(error))
        };
        tokio::pin!(connection);
        tokio::pin!(ask);
        let mut is_open = true;
        loop {
            tokio::select! {
                biased;
                answer = &mut ask => return answer,
                // Whatever ended it, the answer says so, unless it has come already.
                _ = &mut connection, if is_open => is_open = false,
            }
        }
    }

    async fn within<T>(
        &self,
        url: String,
        work: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        let late = || Err(Unavailable::Unreachable(url, "no answer in time".to_owned()));
        self.0.runtime.within(PATIENCE, work).await.unwrap_or_else(late)
    }
}

fn request(place: &Place) -> Result<Request<Empty<Bytes>>, Unavailable> {
    let host = match place.port {
        HTTPS => place.host.clone(),
        port => format!("{}:{port}", place.host),
    };
    let request = Request::get(&place.path)
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, concat!("hearth/", env!("CARGO_PKG_VERSION")));
    request.body(Empty::new()).map_err(|error| place.unreachable(error))
}

/// The authorities this machine trusts.
fn everybody(provider: &Arc<CryptoProvider>) -> Option<Arc<WebPkiServerVerifier>> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone()).build();
    let reason =
        |error| tracing::warn!(%error, "this machine trusts no authority: providers need thumbprints");
    verifier.map_err(reason).ok()
}

impl Documents for Https {
    fn get(&self, url: String, thumbprints: Vec<String>) -> BoxFuture<Result<Bytes, Unavailable>> {
        let own = self.clone();
        Box::pin(async move {
            let place = Place::of(url.clone())?;
            own.within(url, own.document(&place, thumbprints)).await
        })
    }

    fn thumbprint(&self, url: String) -> BoxFuture<Result<String, Unavailable>> {
        let own = self.clone();
        Box::pin(async move {
            let place = Place::of(url.clone())?;
            let stream = own.within(url, own.connect(&place, KnownBy::Looks)).await?;
            let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.last());
            shown.map(thumbprint).ok_or_else(|| place.unreachable("it shows no certificate"))
        })
    }
}
