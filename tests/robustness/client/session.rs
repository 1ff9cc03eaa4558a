//! One client's way to the servers: signed AWS requests over kept connections, each attempt with limits.

use crate::lab::{ACCESS_KEY_ID, AWS_PORT, Fabric, REGION, SECRET_ACCESS_KEY};
use bytes::Bytes;
use controlplane_types::Timestamp;
use controlplane_wire::client::{self, RemoteError};
use controlplane_wire::model::{Operation, Service, by_name};
use controlplane_wire::sigv4::{Credentials, sign};
use http::header::HOST;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The service that everything here is asked of.
const SERVICE: &str = "route53";
/// What a connection may take: on a network without delay whoever does not answer at once is not there.
const CONNECT_WITHIN: Duration = Duration::from_millis(500);

/// Why an attempt brought no answer.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The request is wrong, says the server: code and message.
    Refused(String),
    /// Try again, here or elsewhere; the outcome is unknown.
    Again(String),
}

/// Connections of one client, used by one task at a time.
#[derive(Default)]
pub(crate) struct Session {
    connections: BTreeMap<u64, SendRequest<Full<Bytes>>>,
}

impl Session {
    /// One attempt at server `id`. All attempts of one call bear the same `invocation`, as an SDK's do.
    pub(crate) async fn attempt(
        &mut self,
        id: u64,
        call: &Call,
        invocation: &str,
        within: Duration,
    ) -> Result<Value, Failed> {
        let request = call.signed(id, invocation);
        let answered = timeout(within, self.exchange(id, request)).await;
        let answered = answered.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        let (parts, body) = answered
            .map_err(|reason| {
                // What became of the connection is unknown.
                self.connections.remove(&id);
                Failed::Again(format!("server {id}: {reason}"))
            })?
            .into_parts();
        client::response(call.service, call.operation, &parts, &body).map_err(|error| failed(id, &error))
    }

    async fn exchange(&mut self, id: u64, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, String> {
        if !self.connections.get(&id).is_some_and(SendRequest::is_ready) {
            self.connections.insert(id, connect(id).await?);
        }
        let connection = self.connections.get_mut(&id).ok_or("no connection")?;
        let response = connection.send_request(request).await.map_err(|error| error.to_string())?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }
}

async fn connect(id: u64) -> Result<SendRequest<Full<Bytes>>, String> {
    let connecting = timeout(CONNECT_WITHIN, TcpStream::connect(aws_address(id))).await;
    let stream = connecting.map_err(|_| "no connection in time")?.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    // Its end shows in the requests that use it.
    tokio::spawn(connection);
    Ok(sender)
}

fn aws_address(id: u64) -> String {
    format!("{}:{AWS_PORT}", Fabric::address(id))
}

/// Servers that say "not now" are asked again; all else is a verdict.
fn failed(id: u64, error: &RemoteError) -> Failed {
    match error {
        RemoteError::Refused(reply) if reply.status < 500 => Failed::Refused(error.to_string()),
        _ => Failed::Again(format!("server {id}: {error}")),
    }
}

/// An operation and its input.
#[derive(Clone)]
pub(crate) struct Call {
    service: &'static Service,
    operation: &'static Operation,
    input: Value,
}

impl Call {
    pub(crate) fn new(operation: &str, input: Value) -> Self {
        let service = by_name(SERVICE).expect("the service");
        let operation = service.operation(operation).expect("an operation of the service");
        Self { service, operation, input }
    }

    fn signed(&self, id: u64, invocation: &str) -> Request<Full<Bytes>> {
        let request = client::request(self.service, self.operation, &self.input).expect("a request");
        let (mut parts, body) = request.into_parts();
        let header = |text: &str| HeaderValue::from_str(text).expect("a header");
        parts.headers.insert(HOST, header(&aws_address(id)));
        parts.headers.insert("amz-sdk-invocation-id", header(invocation));
        let credentials = Credentials {
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.to_owned(),
            session_token: None,
        };
        sign(&mut parts, &body, &credentials, REGION, self.service.signing_name(), now())
            .expect("a signature");
        Request::from_parts(parts, Full::new(body))
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or_default())
}
