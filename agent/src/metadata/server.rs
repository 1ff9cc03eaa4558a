//! Sockets: who connects, how many, for how long.
//!
//! An instance is a stranger with an open line to the agent, so everything is bounded: connections in all and per
//! instance, the size and number of headers, the time to send them, the life of a connection. Bodies are never read.

use super::answer::{Reply, Request, TTL_HEADER, answer};
use super::directory::{Directory, Known, View};
use super::token::Tokens;
use crate::places::{Place, Places};
use bytes::Bytes;
use controlplane_proto::agent as proto;
use controlplane_types::Runtime;
use controlplane_types::runtime::TaskHandle;
use http::{Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

const MAX_CONNECTIONS: usize = 1024;
const MAX_CONNECTIONS_OF_ONE: usize = 32;
const MAX_HEADERS: usize = 64;
const MAX_HEAD_BYTES: usize = 16 << 10;
const HEAD_WITHIN: Duration = Duration::from_secs(5);
const CONNECTION_LIFE: Duration = Duration::from_secs(60);
/// After an `accept` that failed for lack of descriptors or memory.
const PAUSE: Duration = Duration::from_millis(100);

/// What all connections share.
pub(super) struct Shared {
    runtime: Arc<dyn Runtime>,
    known: Mutex<Known>,
    directory: RwLock<Directory>,
    tokens: Tokens,
    connections: Arc<Places<String>>,
}

impl Shared {
    pub(super) fn new(runtime: Arc<dyn Runtime>) -> Self {
        let mut key = [0; 32];
        runtime.fill_random(&mut key);
        Self {
            runtime,
            known: Mutex::default(),
            directory: RwLock::default(),
            tokens: Tokens::new(key),
            connections: Places::new(MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ONE),
        }
    }

    pub(super) fn replace(&self, instances: Vec<(proto::Instance, Vec<proto::NetworkInterface>)>) {
        self.renew(|known| known.replace(instances));
    }

    pub(super) fn set_credentials(&self, credentials: proto::RoleCredentials) {
        self.renew(|known| known.give(credentials));
    }

    fn renew(&self, change: impl FnOnce(&mut Known)) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut known);
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = Directory::new(&known);
    }

    fn find(&self, vpc_id: &str, source: IpAddr) -> Option<Arc<View>> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner).find(vpc_id, source)
    }
}

/// Starts accepting.
pub(super) fn serve(shared: Arc<Shared>, vpc_id: String, listener: StdListener) -> io::Result<TaskHandle> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let runtime = shared.runtime.clone();
    Ok(runtime.spawn("metadata", Box::pin(accept(shared, vpc_id, listener))))
}

async fn accept(shared: Arc<Shared>, vpc_id: String, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => meet(&shared, &vpc_id, stream, peer.ip()),
            // What a socket says that was shut down: its VPC is gone.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return,
            Err(error) => {
                tracing::debug!(vpc = vpc_id, %error, "a metadata connection was lost");
                shared.runtime.sleep(PAUSE).await;
            }
        }
    }
}

/// Strangers, and instances with too many connections, are hung up on.
fn meet(shared: &Arc<Shared>, vpc_id: &str, stream: TcpStream, source: IpAddr) {
    let Some(view) = shared.find(vpc_id, source) else { return };
    let Some(place) = shared.connections.take(view.id.clone()) else { return };
    if let Err(error) = stream.set_ttl(view.hop_limit) {
        tracing::warn!(instance = view.id, %error, "cannot limit the hops of metadata replies");
        return;
    }
    let vpc_id = vpc_id.to_owned();
    shared
        .runtime
        .spawn("metadata connection", Box::pin(converse(shared.clone(), place, vpc_id, stream, source)));
}

async fn converse(
    shared: Arc<Shared>,
    _place: Place<String>,
    vpc_id: String,
    stream: TcpStream,
    source: IpAddr,
) {
    let shared = &shared;
    let service = service_fn(|request: http::Request<Incoming>| {
        // Looked up each time: the connection may outlive what was known when it came.
        let reply = reply(shared, &vpc_id, source, &request);
        async move { Ok::<_, Infallible>(response(reply, request.method() == Method::HEAD)) }
    });
    let conversation = http1::Builder::new()
        // A client may close its sending side after the request and still wants the answer.
        .half_close(true)
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // Broken connections are the client's affair.
        _ = conversation => {}
        () = shared.runtime.sleep(CONNECTION_LIFE) => {}
    }
}

fn reply(shared: &Shared, vpc_id: &str, source: IpAddr, request: &http::Request<Incoming>) -> Reply {
    let Some(view) = shared.find(vpc_id, source) else {
        return Reply::refusal(StatusCode::NOT_FOUND, "no such instance");
    };
    let request = Request {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        headers: request.headers().clone(),
    };
    answer(&request, &view, &shared.tokens, shared.runtime.now())
}

fn response(reply: Reply, head: bool) -> Response<Full<Bytes>> {
    let length = reply.body.len();
    let body = if head { Bytes::new() } else { Bytes::from(reply.body) };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(reply.content_type));
    headers.insert(http::header::CONTENT_LENGTH, length.into());
    // Some clients tell the cloud they are in by this name.
    headers.insert(http::header::SERVER, http::HeaderValue::from_static("EC2ws"));
    if let Some(ttl_s) = reply.token_ttl_s {
        headers.insert(TTL_HEADER, ttl_s.into());
    }
    response
}
