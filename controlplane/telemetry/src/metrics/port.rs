//! The metrics port of programs that have no HTTP port of their own: the agent and the DNS server.
//!
//! `GET /metrics` for Prometheus and `GET /healthz` for whoever asks whether the process lives. Nothing here can be changed,
//! and nothing of any account is told; still it has no password, so it is off unless an address is given.

use bytes::Bytes;
use controlplane_types::Runtime;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Who looks at metrics is few.
const CONNECTIONS: usize = 16;
/// A head that takes longer is not coming; nor is the next request on a quiet connection.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(100);

/// Why there is no metrics port.
#[derive(Debug, thiserror::Error)]
#[error("--metrics-addr: {address} cannot be listened on")]
pub struct PortError {
    address: SocketAddr,
    source: io::Error,
}

/// Opens the port and serves it as long as the process lives; where it is.
pub async fn serve(address: SocketAddr, runtime: Arc<dyn Runtime>) -> Result<SocketAddr, PortError> {
    super::install();
    let refused = |source| PortError { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    runtime.spawn("metrics-port", Box::pin(accept(listener, runtime.clone())));
    Ok(bound)
}

async fn accept(listener: TcpListener, runtime: Arc<dyn Runtime>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely.
            runtime.sleep(PAUSE).await;
            continue;
        };
        let connection = builder.serve_connection(TokioIo::new(stream), service_fn(answer));
        let serve = async move {
            // A connection that breaks is the client's affair.
            let _ = connection.await;
            drop(place);
        };
        runtime.spawn("metrics-connection", Box::pin(serve));
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/metrics") => (StatusCode::OK, super::render()),
        (&Method::GET, "/healthz") => (StatusCode::OK, "ok\n".to_owned()),
        (_, "/metrics" | "/healthz") => (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned()),
        _ => (StatusCode::NOT_FOUND, "there are /metrics and /healthz\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"));
    Ok(response)
}
