//! A layer in front of a gRPC service: what only the leader can do is passed on to it, as it came.
//!
//! The layer knows no message. It hands the HTTP/2 request to a kept channel to the leader's gRPC port and the response
//! back, bodies streaming both ways under HTTP/2's own flow control, so that an `exec` or the archive of an image takes
//! no more memory here than one window. So each new call of a service is covered the day it is written.
//!
//! The caller was checked here. The leader sees this server's certificate and, in a header that it believes from servers
//! only, the role the caller had ([`crate::roles`]). The same header keeps a request from being passed on twice: two
//! servers that each hold the other for the leader would play ball.
//!
//! What readers get wrong: a request is tried once. Its body is gone when it fails, and whether the leader has
//! carried it out may be unknown. What is known not to have been done says so in the trailer ([`RETRY_KEY`]), and who
//! asks may ask again.

use super::{Cluster, ELECTION_PATIENCE, Lead};
use crate::pki::Role;
use crate::roles::PASSED_ON;
use controlplane_raft::NodeId;
use controlplane_types::BoxFuture;
use http::{HeaderValue, Request, Response};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::metadata::MetadataValue;
use tonic::server::NamedService;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

/// Header with the addresses of all servers, comma separated.
const SERVERS_KEY: &str = "hearth-servers";
/// Trailer that says that nothing was done.
const RETRY_KEY: &str = "hearth-retry";
/// Requests on their way at once. Below the 200 streams that one HTTP/2 connection takes: past that they would wait
/// without anybody knowing why.
const ON_THEIR_WAY: usize = 150;
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// What a server that led may take to answer what it had begun.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// A leader that does not answer a ping by then is gone.
const KEEPALIVE: Duration = Duration::from_secs(2);

/// The way from this server to the one that leads.
#[derive(Clone)]
pub(crate) struct Relay(Arc<Shared>);

struct Shared {
    cluster: Cluster,
    tls: ClientTlsConfig,
    channels: Mutex<BTreeMap<String, Channel>>,
    places: Arc<Semaphore>,
}

impl Relay {
    /// Passes on with `tls`, this server's own certificate.
    pub(crate) fn new(cluster: Cluster, tls: ClientTlsConfig) -> Self {
        let places = Arc::new(Semaphore::new(ON_THEIR_WAY));
        Self(Arc::new(Shared { cluster, tls, channels: Mutex::default(), places }))
    }

    /// `service` for everybody: its methods in `anywhere` are served here, the others where the leader is.
    pub(crate) fn in_front_of<S>(&self, service: S, anywhere: &'static [&'static str]) -> Relayed<S> {
        Relayed { service, anywhere, relay: self.clone() }
    }

    /// A kept channel to a server; connects when it is first used, and again when it broke.
    pub(crate) fn channel(&self, address: &str) -> Result<Channel, Status> {
        let mut channels = self.0.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = channels.get(address) {
            return Ok(channel.clone());
        }
        let unusable = |error: tonic::transport::Error| {
            Status::internal(format!("{address} is no address of a server: {error}"))
        };
        let endpoint = Endpoint::from_shared(format!("https://{address}"))
            .and_then(|endpoint| endpoint.tls_config(self.0.tls.clone()))
            .map_err(unusable)?;
        let channel = endpoint
            .connect_timeout(CONNECT_WITHIN)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE)
            .connect_lazy();
        channels.insert(address.to_owned(), channel.clone());
        Ok(channel)
    }

    /// Where a request is served, or why nowhere.
    async fn place(&self, passed_on: bool) -> Result<Place, Status> {
        let patience = ELECTION_PATIENCE;
        match self.0.cluster.lead(patience).await {
            Lead::Here => Ok(Place::Here),
            _ if passed_on => Err(not_done("leadership is changing; try again")),
            Lead::There { number, address } => Ok(Place::There { number, address }),
            Lead::Nobody => Err(not_done(format!(
                "no server was elected within {} s; a majority of the servers has to run",
                patience.as_secs()
            ))),
        }
    }

    async fn pass_on(
        &self,
        number: NodeId,
        address: &str,
        request: Request<Body>,
    ) -> Result<Response<Body>, Status> {
        let place = self.0.places.clone().try_acquire_owned().map_err(|_| {
            let mut status = Status::resource_exhausted("too many requests are on their way to the leader");
            mark_not_done(&mut status);
            status
        })?;
        let request = own_request(request)?;
        let mut channel = self.channel(address)?;
        let answer = async {
            poll_fn(|cx| channel.poll_ready(cx)).await?;
            channel.call(request).await
        };
        let answer = tokio::select! {
            biased;
            answer = answer => answer.map_err(|error| unreachable(number, &error))?,
            () = self.lost_for_good(number) => {
                return Err(Status::aborted("the leader was lost while it answered"));
            }
        };
        Ok(answer.map(|body| Body::new(Held { body, _place: place })))
    }

    /// Completes a while after `number` ceased to lead: it may have done so by what is being asked, and then it answers.
    async fn lost_for_good(&self, number: NodeId) {
        self.0.cluster.lost(number).await;
        self.0.cluster.sleep(LAST_WORDS).await;
    }

    /// Addresses of all servers as a header.
    fn servers(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.0.cluster.servers().addresses.join(",")).ok()
    }
}

enum Place {
    Here,
    There { number: NodeId, address: String },
}

/// The request as this server's own, with the caller's role in a header.
fn own_request(request: Request<Body>) -> Result<Request<Body>, Status> {
    let (mut parts, body) = request.into_parts();
    let role = parts.extensions.get::<Role>().copied();
    let role = role.ok_or_else(|| Status::internal("the role of the caller was not checked"))?;
    parts.headers.insert(PASSED_ON, HeaderValue::from_static(role.as_str()));
    // What this server knows of the connection is nothing to the next one.
    parts.extensions.clear();
    Ok(Request::from_parts(parts, body))
}

/// An answer that says that nothing was done.
pub(crate) fn not_done(message: impl Into<String>) -> Status {
    let mut status = Status::unavailable(message);
    mark_not_done(&mut status);
    status
}

fn mark_not_done(status: &mut Status) {
    status.metadata_mut().insert(RETRY_KEY, MetadataValue::from_static("safe"));
}

fn unreachable(number: NodeId, error: &tonic::transport::Error) -> Status {
    let message = format!("server {number}, which leads, cannot be reached: {error}");
    match never_connected(error) {
        true => not_done(message),
        false => Status::aborted(message),
    }
}

/// Whether the request cannot have been sent.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<tonic::ConnectError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A service with the layer in front.
#[derive(Clone)]
pub(crate) struct Relayed<S> {
    service: S,
    anywhere: &'static [&'static str],
    relay: Relay,
}

impl<S: NamedService> NamedService for Relayed<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Relayed<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    async fn answer(&mut self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let method = request.uri().path().rsplit('/').next().unwrap_or_default();
        let anywhere = self.anywhere.contains(&method);
        let passed_on = request.headers().contains_key(PASSED_ON);
        let place = if anywhere { Place::Here } else { self.relay.place(passed_on).await? };
        match place {
            Place::There { number, address } => self.relay.pass_on(number, &address, request).await,
            Place::Here => match self.service.call(request).await {
                Ok(response) => Ok(response),
                Err(never) => match never {},
            },
        }
    }
}

impl<S> Service<Request<Body>> for Relayed<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The service that was ready is the one to call; the copy takes its place.
        let copy = self.clone();
        let mut ready = std::mem::replace(self, copy);
        Box::pin(async move {
            let answer = ready.answer(request).await;
            let mut response = answer.unwrap_or_else(|status| status.into_http());
            if let Some(servers) = ready.relay.servers() {
                response.headers_mut().insert(SERVERS_KEY, servers);
            }
            Ok(response)
        })
    }
}

/// A body that keeps its place among those on their way until it ends.
struct Held {
    body: Body,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Held {
    type Data = bytes::Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
