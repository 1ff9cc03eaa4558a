//! All servers of a cluster as one: calls go to whichever answers, and on to the next when that one dies.
//!
//! A gRPC transport under the generated client, so that no command has to think of it. A call is made again only when
//! that is safe: it reads, or the server (or the failed connection) says that nothing was done. For an answer to be
//! unknown is no reason to try again: `hearth delete` would report that the record does not exist.
//!
//! Calls whose request is a stream are tried once, because what was typed or read from a file is gone by then; only who
//! takes them is chosen with care.
//!
//! Every answer names all servers of the cluster. They are kept in the data folder, so that the next command finds the
//! cluster when the server that was asked first is gone for good.

use crate::error::{CliError, Kind};
use controlplane_proto::cluster;
use controlplane_proto::directory::Directory;
use controlplane_proto::tls::Connector;
use http_body_util::{BodyExt, Full};
use std::collections::BTreeMap;
use std::error::Error;
use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, request};
use tonic::codegen::{Bytes, Service};
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Status};

/// Header with the addresses of all servers.
const SERVERS_KEY: &str = "hearth-servers";
/// Trailer that says that nothing was done.
const RETRY_KEY: &str = "hearth-retry";
/// Trailer with what to do about an error.
const HINT_KEY: &str = "hearth-error-hint";
/// A machine without power takes this long to be given up.
pub(super) const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// A server that does not answer a ping by then is gone.
const KEEPALIVE: Duration = Duration::from_secs(5);
/// As long as a call may be made again.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(50);
/// Calls that change nothing.
const READS: [&str; 9] =
    ["Kinds", "Get", "Watch", "Describe", "Logs", "Top", "Status", "Environment", "Servers"];
/// Calls whose request is a stream.
const STREAMS: [&str; 3] = ["Exec", "ImportImage", "PortForward"];

/// Header with the region that is meant.
const REGION_KEY: HeaderName = HeaderName::from_static("hearth-region");

/// The servers of one cluster.
#[derive(Clone)]
pub(crate) struct Servers {
    shared: Arc<Shared>,
    /// What every call is about, unless it is the home region.
    region: Option<HeaderValue>,
}

struct Shared {
    connector: Connector,
    endpoint_file: PathBuf,
    state: Mutex<State>,
}

struct State {
    directory: Directory,
    channels: BTreeMap<String, Channel>,
}

/// A call as it can be made again.
struct Call {
    parts: request::Parts,
    body: Bytes,
}

impl Servers {
    /// `given` addresses; what is learned goes to `endpoint_file`.
    pub(super) fn new(given: Vec<String>, endpoint_file: PathBuf, connector: Connector) -> Self {
        let state = State { directory: Directory::new(given, Vec::new()), channels: BTreeMap::new() };
        Self { shared: Arc::new(Shared { connector, endpoint_file, state: Mutex::new(state) }), region: None }
    }

    /// The same for calls about another region than home.
    pub(super) fn in_region(self, region: Option<&str>) -> Result<Self, CliError> {
        let header = region.map(HeaderValue::try_from).transpose();
        let region = header.map_err(|_| CliError::new(Kind::Usage, "--region: not the name of a region"))?;
        Ok(Self { region, ..self })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first server that answers, and its address.
    pub(super) async fn reach(&self) -> Result<(String, Channel), Status> {
        let mut last = Status::unavailable("no server address is known");
        let order = self.state().directory.order();
        for address in order {
            let kept = self.state().channels.get(&address).cloned();
            if let Some(channel) = kept {
                return Ok((address, channel));
            }
            match self.dial(&address).await {
                Ok(channel) => {
                    let mut state = self.state();
                    state.directory.answered(&address);
                    state.channels.insert(address.clone(), channel.clone());
                    return Ok((address, channel));
                }
                Err(error) => {
                    self.state().directory.failed(&address);
                    last = error;
                }
            }
        }
        Err(last)
    }

    async fn dial(&self, address: &str) -> Result<Channel, Status> {
        let endpoint = Connector::endpoint(address)
            .map_err(|error| Status::internal(chain(&format!("{address} is not an address"), &error)))?
            .connect_timeout(CONNECT_WITHIN)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE);
        endpoint.connect_with_connector(self.shared.connector.clone()).await.map_err(|error| {
            let mut status =
                Status::unavailable(chain(&format!("the server at {address} cannot be reached"), &error));
            let hint = MetadataValue::from_static("is `hearth server` or `hearth dev` running?");
            status.metadata_mut().insert(HINT_KEY, hint);
            status
        })
    }

    async fn answer(&self, mut request: Request<Body>) -> Result<Response<Body>, Status> {
        request.headers_mut().extend(self.region.clone().map(|region| (REGION_KEY, region)));
        let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        if STREAMS.contains(&method.as_str()) {
            let (address, channel) = self.reach().await?;
            let answer = send(channel, request).await.map_err(|failure| failure.status);
            return answer.inspect(|answer| self.note(&address, answer.headers()));
        }
        let (parts, body) = request.into_parts();
        let call = Call { parts, body: body.collect().await?.to_bytes() };
        self.insist(&call, READS.contains(&method.as_str())).await
    }

    /// Makes a call until it is answered, as long as that is safe and there is patience.
    async fn insist(&self, call: &Call, reads: bool) -> Result<Response<Body>, Status> {
        let began = Instant::now();
        loop {
            let (address, channel) = self.reach().await?;
            let answer = send(channel, call.request()).await;
            let again = match &answer {
                Ok(response) => {
                    self.note(&address, response.headers());
                    may_be_made_again(response.headers(), reads)
                }
                Err(failure) => {
                    self.state().channels.remove(&address);
                    failure.unsent || reads
                }
            };
            if !again || began.elapsed() > PATIENCE {
                return answer.map_err(|failure| failure.status);
            }
            match answer {
                Ok(_) => self.state().directory.leave(&address),
                Err(_) => self.state().directory.failed(&address),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Remembers the servers that an answer names.
    fn note(&self, address: &str, headers: &HeaderMap) {
        let Some(text) = headers.get(SERVERS_KEY).and_then(|value| value.to_str().ok()) else { return };
        // Whoever leads: every server serves everything, so there is no reason to leave the one that answers.
        let servers = cluster::Servers { addresses: super::split(text), leader: String::new() };
        let mut state = self.state();
        let changed = state.directory.learn(&servers);
        state.directory.answered(address);
        if changed && !self.is_kept(state.directory.known()) {
            // Not everybody may write there; the next command then begins with the servers it is given.
            let _ = super::keep(&self.shared.endpoint_file, state.directory.known());
        }
    }

    fn is_kept(&self, known: &[String]) -> bool {
        let kept = std::fs::read_to_string(&self.shared.endpoint_file).unwrap_or_default();
        let mut kept = super::split(&kept);
        kept.sort();
        kept == known
    }
}

impl Call {
    fn request(&self) -> Request<Body> {
        Request::from_parts(self.parts.clone(), Body::new(Full::new(self.body.clone())))
    }
}

/// A call without an answer.
struct Failure {
    status: Status,
    /// It never left this machine.
    unsent: bool,
}

async fn send(mut channel: Channel, request: Request<Body>) -> Result<Response<Body>, Failure> {
    let answer = async {
        poll_fn(|cx| channel.poll_ready(cx)).await?;
        channel.call(request).await
    };
    answer.await.map_err(|error| {
        let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
        let mut unsent = false;
        while let Some(error) = cause {
            unsent |= error.is::<tonic::ConnectError>();
            cause = error.source();
        }
        Failure { status: Status::unavailable(chain("the server was lost", &error)), unsent }
    })
}

/// Whether an answer says that the same call may be made again.
fn may_be_made_again(headers: &HeaderMap, reads: bool) -> bool {
    let Some(status) = Status::from_header_map(headers) else { return false };
    let nothing_done = status.metadata().get(RETRY_KEY).is_some_and(|value| value == "safe");
    nothing_done || (reads && matches!(status.code(), Code::Unavailable | Code::Aborted))
}

/// The whole chain of causes: the outermost text alone ("transport error") helps nobody.
fn chain(what: &str, error: &(dyn Error + 'static)) -> String {
    let mut text = format!("{what}: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}

impl Service<Request<Body>> for Servers {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let servers = self.clone();
        Box::pin(async move { servers.answer(request).await })
    }
}
