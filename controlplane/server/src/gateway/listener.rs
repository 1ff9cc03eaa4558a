//! The socket side of the AWS door: connections, limits, graceful end.

use super::Gateway;
use super::credentials::Peer;
use super::{cors, framing};
use crate::bench::Watched;
use bytes::Bytes;
use controlplane_types::Runtime;
use controlplane_wire::limits;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// Connections at once; more wait in the kernel's queue.
const CONNECTIONS: usize = 4096;
/// A head that takes longer is not coming.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// A body that takes longer is not coming.
const BODY_WITHIN: Duration = Duration::from_secs(30);
/// Requests under way when the server stops may take this long.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves connections until `stop` says so, then lets the requests under way finish.
pub async fn listen(
    gateway: Arc<Gateway>,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    runtime: Arc<dyn Runtime>,
    mut stop: watch::Receiver<bool>,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(256);
    let (builder, tls) = (Arc::new(builder), tls.map(TlsAcceptor::from));
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let Ok(permit) = connections.clone().acquire_owned().await else { return };
        let (stream, from) = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of descriptors, most likely: let some connection end first.
                    tracing::warn!(%error, "a connection cannot be accepted");
                    runtime.sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        // Answers are small and final: waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let serving = Serving {
            gateway: gateway.clone(),
            runtime: runtime.clone(),
            builder: builder.clone(),
            watcher: graceful.watcher(),
            peer: Peer { address: from.ip(), is_tls: tls.is_some() },
        };
        let tls = tls.clone();
        let serve = async move {
            match tls {
                Some(tls) => serving.shake_hands(tls, stream).await,
                None => serving.serve(stream).await,
            }
            drop(permit);
        };
        runtime.spawn("aws-connection", Box::pin(serve));
    }
    tokio::select! {
        biased;
        () = graceful.shutdown() => {}
        () = runtime.sleep(DRAIN) => tracing::warn!("requests under way were cut off"),
    }
}

/// What one connection needs.
struct Serving {
    gateway: Arc<Gateway>,
    runtime: Arc<dyn Runtime>,
    builder: Arc<Builder<TokioExecutor>>,
    watcher: Watcher,
    peer: Peer,
}

impl Serving {
    async fn shake_hands(self, tls: TlsAcceptor, stream: TcpStream) {
        let shaken = tokio::select! {
            biased;
            shaken = tls.accept(stream) => shaken,
            () = self.runtime.sleep(HEAD_WITHIN) => return,
        };
        // A client that does not trust the certificate, or speaks no TLS, is told so by TLS itself.
        if let Ok(stream) = shaken {
            self.serve(stream).await;
        }
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let (gateway, clock, peer) = (self.gateway, self.runtime, self.peer);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            respond(gateway.clone(), clock.clone(), request)
        });
        let connection = self.builder.serve_connection(TokioIo::new(stream), service).into_owned();
        // A connection that breaks is the client's affair.
        let _ = self.watcher.watch(connection).await;
    }
}

/// Completes when the server stops, or whoever could say so is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Whole answers, and the streams of the hooks for measuring.
type Answer = Response<Either<Full<Bytes>, Watched>>;

async fn respond(
    gateway: Arc<Gateway>,
    runtime: Arc<dyn Runtime>,
    request: Request<Incoming>,
) -> Result<Answer, Infallible> {
    let (parts, body) = request.into_parts();
    if let Some(why) = framing::ambiguous(&parts) {
        let mut response = plain(StatusCode::BAD_REQUEST, why);
        framing::close(&mut response);
        return Ok(response.map(|body| Either::Left(Full::new(body))));
    }
    let is_last = framing::is_last(&parts);
    if let Some(response) = gateway.bench_watch(&parts) {
        return Ok(response.map(Either::Right));
    }
    if let Some(response) = gateway.preflight(&parts) {
        return Ok(response.map(|body| Either::Left(Full::new(body))));
    }
    let is_for_pages = gateway.is_for_pages(&parts);
    if framing::is_not_to_come(&parts, body.size_hint().lower()) {
        let response = plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large\n");
        return Ok(response.map(|body| Either::Left(Full::new(body))));
    }
    let body = Limited::new(body, limits::BODY);
    let mut response = match runtime.within(BODY_WITHIN, body.collect()).await {
        Some(Ok(body)) => gateway.answer(parts, body.to_bytes()).await,
        Some(Err(error)) if error.is::<LengthLimitError>() => {
            plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large\n")
        }
        Some(Err(_)) => plain(StatusCode::BAD_REQUEST, "the body is broken\n"),
        None => plain(StatusCode::REQUEST_TIMEOUT, "the body did not come in time\n"),
    };
    if is_last {
        framing::close(&mut response);
    }
    if is_for_pages {
        cors::allow(&mut response);
    }
    Ok(response.map(|body| Either::Left(Full::new(body))))
}

fn plain(status: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    response
}
