//! One GET after another, wherever a registry sends us, but not anywhere.
//!
//! A registry's answers name further addresses (a redirect to its store, the place that gives tokens), so whoever runs
//! the registry, or writes into a manifest which registry to ask, decides where requests of a machine inside our network
//! go. Three rules keep that from being a way in:
//!
//! - No request goes to a link-local address, in whatever notation: names are held against the rule after they are
//!   resolved, by the very address that is then connected to.
//! - TLS may not be left, and nothing outside leads to loopback.
//! - What proves who we are is shown to nobody but the one it was meant for.

use super::settings::is_loopback;
use super::{RegistryError, RegistrySettings};
use crate::session::chain;
use bytes::Bytes;
use controlplane_types::Runtime;
use controlplane_types::reach::is_off_limits;
use http::header::{AUTHORIZATION, LOCATION, USER_AGENT};
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioExecutor;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::Service;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// From the request to the answer's header.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two pieces of an answer.
const SILENCE: Duration = Duration::from_secs(30);
const MAX_REDIRECTS: usize = 5;

/// Speaks HTTP.
pub(super) struct Http {
    runtime: Arc<dyn Runtime>,
    client: Client<HttpsConnector<HttpConnector<Guarded>>, Empty<Bytes>>,
}

impl Http {
    /// Trusts the authorities that the machine trusts.
    pub(super) fn new(runtime: Arc<dyn Runtime>) -> Result<Self, RegistryError> {
        let mut tcp = HttpConnector::new_with_resolver(Guarded(GaiResolver::new()));
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.set_nodelay(true);
        let https = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())
            .map_err(|error| {
                RegistryError::Settings(format!(
                    "this machine trusts no authority ({error}); install ca-certificates"
                ))
            })?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Self { runtime, client: Client::builder(TokioExecutor::new()).build(https) })
    }

    /// The answer to a GET of `url`, after however many redirects that are allowed.
    pub(super) async fn get(
        &self,
        url: Uri,
        mut headers: HeaderMap,
        settings: &RegistrySettings,
    ) -> Result<Response<Incoming>, RegistryError> {
        let mut at = url;
        refuse_literal(&at)?;
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.once(&at, &headers).await?;
            let Some(target) = target(&answer) else { return Ok(answer) };
            let next = join(&at, target)?;
            check_step(settings, &at, &next)?;
            if (at.scheme(), at.authority()) != (next.scheme(), next.authority()) {
                headers.remove(AUTHORIZATION);
            }
            at = next;
        }
        Err(RegistryError::Forbidden { url: at.to_string(), rule: "reached after too many redirects" })
    }

    async fn once(&self, url: &Uri, headers: &HeaderMap) -> Result<Response<Incoming>, RegistryError> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = url.clone();
        *request.headers_mut() = headers.clone();
        let agent = concat!("hearth/", env!("CARGO_PKG_VERSION"));
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(agent));
        match self.runtime.within(ANSWER_TIMEOUT, self.client.request(request)).await {
            None => Err(unreachable(url, "no answer in time")),
            Some(Err(error)) => Err(unreachable(url, chain(&error))),
            Some(Ok(answer)) => Ok(answer),
        }
    }
}

/// The next piece of an answer; `None` at its end.
pub(super) async fn next_piece(
    runtime: &dyn Runtime,
    host: &str,
    body: &mut Incoming,
) -> Result<Option<Bytes>, RegistryError> {
    let broken = |what: String| RegistryError::Unreachable { host: host.to_owned(), what };
    loop {
        match runtime.within(SILENCE, body.frame()).await {
            None => return Err(broken("stopped in the middle of an answer".to_owned())),
            Some(None) => return Ok(None),
            Some(Some(Err(error))) => return Err(broken(chain(&error))),
            Some(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// All of an answer that should be short.
pub(super) async fn read_all(
    runtime: &dyn Runtime,
    host: &str,
    mut body: Incoming,
    limit: usize,
) -> Result<Vec<u8>, RegistryError> {
    let mut all = Vec::new();
    while let Some(piece) = next_piece(runtime, host, &mut body).await? {
        if all.len() + piece.len() > limit {
            return Err(RegistryError::Malformed(format!("{host}: a document of more than {limit} bytes")));
        }
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

/// Host and port.
pub(super) fn host_of(url: &Uri) -> &str {
    url.authority().map_or("", |authority| authority.as_str())
}

/// Whether going on from `from` to `to`, because `from` said so, is allowed.
pub(super) fn check_step(settings: &RegistrySettings, from: &Uri, to: &Uri) -> Result<(), RegistryError> {
    let forbidden = |rule| Err(RegistryError::Forbidden { url: to.to_string(), rule });
    if host_of(to).is_empty() || host_of(to).contains('@') {
        return forbidden("not an address to go on to");
    }
    if to.scheme() != Some(&Scheme::HTTPS) && !settings.may_be_plain(host_of(to)) {
        return forbidden("only https is spoken there");
    }
    if is_loopback(host_of(to)) && !is_loopback(host_of(from)) {
        return forbidden("leads back to this machine");
    }
    refuse_literal(to)
}

/// Addresses in the URL itself are connected to without being resolved.
fn refuse_literal(url: &Uri) -> Result<(), RegistryError> {
    let host = url.host().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match literal {
        Ok(address) if is_off_limits(address) => {
            Err(RegistryError::Forbidden { url: url.to_string(), rule: NOT_A_PLACE })
        }
        _ => Ok(()),
    }
}

const NOT_A_PLACE: &str = "no registry has an address like this";

fn target(answer: &Response<Incoming>) -> Option<&str> {
    let redirects = matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = redirects.then(|| answer.headers().get(LOCATION)).flatten()?;
    location.to_str().ok()
}

/// A `Location`: a whole URL, or a path on the same host.
fn join(at: &Uri, location: &str) -> Result<Uri, RegistryError> {
    let bad = || RegistryError::Forbidden { url: location.to_owned(), rule: "not an address to go on to" };
    let parsed: Uri = location.split('#').next().unwrap_or_default().parse().map_err(|_| bad())?;
    if parsed.scheme().is_some() {
        return Ok(parsed);
    }
    let mut parts = at.clone().into_parts();
    parts.path_and_query = parsed.path_and_query().filter(|it| it.as_str().starts_with('/')).cloned();
    if parts.path_and_query.is_none() || location.starts_with("//") {
        return Err(bad());
    }
    Uri::from_parts(parts).map_err(|_| bad())
}

fn unreachable(url: &Uri, what: impl Into<String>) -> RegistryError {
    RegistryError::Unreachable { host: host_of(url).to_owned(), what: what.into() }
}

/// Resolves names as the machine does, and forgets the addresses that are off limits.
#[derive(Clone)]
struct Guarded(GaiResolver);

impl Service<Name> for Guarded {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let lookup = self.0.call(name);
        Box::pin(async move {
            let found: Vec<SocketAddr> = lookup.await?.filter(|found| !is_off_limits(found.ip())).collect();
            if found.is_empty() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, NOT_A_PLACE));
            }
            Ok(found.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn url(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn redirects_lead_where_they_may() {
        let plain_http = BTreeSet::from(["10.0.0.6:5000".to_owned()]);
        let settings = RegistrySettings { plain_http, ..RegistrySettings::default() };
        for (from, to, allowed) in [
            ("https://r.example/v2/", "https://store.example/x?sig=1", true),
            ("https://r.example/v2/", "http://store.example/x", false),
            ("https://r.example/v2/", "http://10.0.0.6:5000/x", true),
            ("https://r.example/v2/", "http://127.0.0.1/x", false),
            ("https://r.example/v2/", "https://localhost:8443/x", false),
            ("https://r.example/v2/", "https://[::1]/x", false),
            ("http://127.0.0.1:5000/v2/", "http://127.0.0.1:5001/x", true),
            ("https://r.example/v2/", "https://169.254.169.254/latest", false),
            ("https://r.example/v2/", "https://[::ffff:169.254.169.254]/latest", false),
            ("https://r.example/v2/", "https://[fd00:ec2::254]/latest", false),
            ("https://r.example/v2/", "https://[fe80::1]/latest", false),
            ("https://r.example/v2/", "https://0.0.0.0/latest", false),
            ("https://r.example/v2/", "ftp://r.example/x", false),
            ("https://r.example/v2/", "https://r.example@evil.example/x", false),
        ] {
            assert_eq!(check_step(&settings, &url(from), &url(to)).is_ok(), allowed, "{from} {to}");
        }
    }

    /// `getaddrinfo` reads addresses in every notation that C knows; what it makes of them is what counts.
    #[tokio::test]
    async fn odd_notations_of_the_metadata_address_are_refused() {
        for name in ["0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518", "0xa9.254.0xa9fe"] {
            let found = Guarded(GaiResolver::new()).call(name.parse().unwrap()).await;
            assert_eq!(found.unwrap_err().kind(), io::ErrorKind::PermissionDenied, "{name}");
        }
        let local = Guarded(GaiResolver::new()).call("127.0.0.1".parse().unwrap()).await.unwrap();
        assert!(local.count() > 0);
    }

    #[test]
    fn locations_are_joined_or_refused() {
        let at = url("https://r.example/v2/a/blobs/x");
        for (location, expected) in [
            ("https://store.example/y", Some("https://store.example/y")),
            ("/other?a=b", Some("https://r.example/other?a=b")),
            ("//evil.example/y", None),
            ("other", None),
            ("", None),
            ("https://", None),
        ] {
            let joined = join(&at, location).ok().map(|uri| uri.to_string());
            assert_eq!(joined.as_deref(), expected, "{location}");
        }
    }
}
