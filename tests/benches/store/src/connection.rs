//! Connections to either store, as light as a client can be.

use crate::Failure;
use crate::cluster::Store;
use crate::etcd;
use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::net::SocketAddr;
use tests_benches_instruments::Http1;
use tokio::net::TcpStream;

/// One thing to ask of a store.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Put { key: String, value: Bytes },
    Get { key: String },
}

impl Ask {
    /// The request as Hearth's hooks take it.
    fn hook(&self) -> (Method, String, Bytes) {
        match self {
            Ask::Put { key, value } => (Method::POST, format!("/_hearth/bench/put?key={key}"), value.clone()),
            Ask::Get { key } => (Method::GET, format!("/_hearth/bench/get?key={key}"), Bytes::new()),
        }
    }

    /// The request as etcd's gRPC takes it.
    fn grpc(&self) -> (Method, String, Bytes) {
        let (method, body) = match self {
            Ask::Put { key, value } => {
                let put = etcd::PutRequest { key: key.clone().into(), value: value.clone() };
                ("Put", etcd::frame(&put))
            }
            Ask::Get { key } => ("Range", etcd::frame(&etcd::RangeRequest { key: key.clone().into() })),
        };
        (Method::POST, format!("/etcdserverpb.KV/{method}"), body)
    }
}

fn request<B>(store: Store, method: Method, path: &str, body: B) -> Result<Request<B>, Failure> {
    let request = Request::builder().method(method).uri(format!("http://store{path}"));
    let request = match store {
        Store::Hearth => request,
        Store::Etcd => {
            request.header(header::CONTENT_TYPE, "application/grpc").header(header::TE, "trailers")
        }
    };
    Ok(request.body(body)?)
}

/// A connection for one request at a time, or a handle on one that many share.
pub(crate) enum Connection {
    One(Http1),
    Shared(Store, http2::SendRequest<Full<Bytes>>),
}

impl Connection {
    /// Asks, and fails unless the answer says that it was done.
    pub(crate) async fn ask(&mut self, ask: &Ask) -> Result<(), Failure> {
        match self {
            Connection::One(connection) => ask_alone(connection, ask).await,
            Connection::Shared(store, sender) => {
                let (method, path, body) = match store {
                    Store::Hearth => ask.hook(),
                    Store::Etcd => ask.grpc(),
                };
                let request = request(*store, method, &path, Full::new(body))?;
                succeeded(sender.send_request(request).await?).await
            }
        }
    }
}

async fn succeeded(response: Response<Incoming>) -> Result<(), Failure> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await?;
    let grpc_status = body.trailers().and_then(|trailers| trailers.get("grpc-status"));
    let grpc_status = grpc_status.or(parts.headers.get("grpc-status"));
    match parts.status.is_success() && grpc_status.is_none_or(|status| status == "0") {
        true => Ok(()),
        false => Err(format!("refused: {} {grpc_status:?}", parts.status).into()),
    }
}

/// The same on an HTTP/1.1 connection of its own.
async fn ask_alone(connection: &mut Http1, ask: &Ask) -> Result<(), Failure> {
    let (method, path, body) = ask.hook();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: store\r\nContent-Length: {}\r\n\r\n", body.len());
    let request = [head.as_bytes(), &body].concat();
    match connection.send(&request).await?.status {
        200 => Ok(()),
        status => Err(format!("refused: {status}").into()),
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// An HTTP/2 connection whose clones share it.
pub(crate) async fn shared(address: SocketAddr) -> Result<http2::SendRequest<Full<Bytes>>, Failure> {
    let stream = TokioIo::new(connect(address).await?);
    let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
    // It ends with its last sender, or when the server goes; the senders notice.
    tokio::spawn(async move { connection.await.ok() });
    Ok(sender)
}

/// Streams of values, many on one connection.
type WatchBody = StreamBody<tokio_stream::wrappers::ReceiverStream<Result<Frame<Bytes>, Infallible>>>;

/// A connection for watches.
pub(crate) async fn for_watches(address: SocketAddr) -> Result<http2::SendRequest<WatchBody>, Failure> {
    let stream = TokioIo::new(connect(address).await?);
    let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
    tokio::spawn(async move { connection.await.ok() });
    Ok(sender)
}

/// Begins a watch; its values come as frames of the body. The returned sender keeps the request's own side open.
pub(crate) async fn watch(
    sender: &mut http2::SendRequest<WatchBody>,
    store: Store,
    key: &str,
) -> Result<(Incoming, tokio::sync::mpsc::Sender<Result<Frame<Bytes>, Infallible>>), Failure> {
    let (open, body) = tokio::sync::mpsc::channel(1);
    let request = match store {
        Store::Hearth => {
            request(store, Method::GET, &format!("/_hearth/bench/watch?key={key}"), stream_body(body))?
        }
        Store::Etcd => {
            let create = Some(etcd::WatchCreateRequest { key: key.to_owned().into() });
            open.send(Ok(Frame::data(etcd::frame(&etcd::WatchRequest { create })))).await?;
            request(store, Method::POST, "/etcdserverpb.Watch/Watch", stream_body(body))?
        }
    };
    let response = sender.send_request(request).await?;
    let mut body = match response.status().is_success() {
        true => response.into_body(),
        false => return Err(format!("the watch was refused: {}", response.status()).into()),
    };
    if store == Store::Etcd {
        // Its first message says that the watch is in place.
        body.frame().await.ok_or("the watch ended")??;
    }
    Ok((body, open))
}

/// The same on an HTTP/1.1 connection of its own, which for etcd means its JSON gateway.
pub(crate) async fn watch_alone(address: SocketAddr, store: Store, key: &str) -> Result<Incoming, Failure> {
    let stream = TokioIo::new(connect(address).await?);
    let (mut sender, connection) = http1::handshake(stream).await?;
    tokio::spawn(async move { connection.await.ok() });
    let (method, path, body) = match store {
        Store::Hearth => (Method::GET, format!("/_hearth/bench/watch?key={key}"), String::new()),
        Store::Etcd => (Method::POST, "/v3/watch".to_owned(), etcd::gateway_watch(key)),
    };
    let request = Request::builder().method(method).uri(path).header(header::HOST, "store");
    let response = sender.send_request(request.body(Full::new(Bytes::from(body)))?).await?;
    let mut body = match response.status().is_success() {
        true => response.into_body(),
        false => return Err(format!("the watch was refused: {}", response.status()).into()),
    };
    if store == Store::Etcd {
        // Its first message says that the watch is in place.
        body.frame().await.ok_or("the watch ended")??;
    }
    Ok(body)
}

fn stream_body(body: tokio::sync::mpsc::Receiver<Result<Frame<Bytes>, Infallible>>) -> WatchBody {
    StreamBody::new(tokio_stream::wrappers::ReceiverStream::new(body))
}
