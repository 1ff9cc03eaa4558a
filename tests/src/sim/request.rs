//! Requests to the AWS door and the way they take between a client and a server.

use bytes::Bytes;
use controlplane_raft::Sim;
use controlplane_raft::runtime::sim::Random;
use controlplane_raft::transport::sim::Weather;
use controlplane_types::Timestamp;
use controlplane_wire::sigv4::{Credentials, sign};
use http::{Method, Response};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The region every request is for.
const REGION: &str = "us-east-1";

/// A request, whole and repeatable.
#[derive(Clone)]
pub struct Request {
    service: &'static str,
    method: Method,
    path: String,
    body: String,
    invocation: String,
    signed: Option<(Credentials, Timestamp)>,
}

impl Request {
    /// One of EC2's actions, as a form.
    pub fn ec2(form: &str) -> Self {
        let body = format!("Version=2016-11-15&{form}");
        Self::new("ec2", Method::POST, "/".to_owned(), body)
    }

    /// One of Route 53's actions.
    pub fn route53(method: Method, path: &str, body: String) -> Self {
        Self::new("route53", method, format!("/2013-04-01/{path}"), body)
    }

    fn new(service: &'static str, method: Method, path: String, body: String) -> Self {
        Self { service, method, path, body, invocation: String::new(), signed: None }
    }

    /// The same under the id that an SDK keeps over its retries.
    pub fn under(mut self, invocation: &str) -> Self {
        invocation.clone_into(&mut self.invocation);
        self
    }

    /// The same, signed. Servers that believe every key need no signature.
    pub fn signed(mut self, access_key_id: &str, secret: &str, now: Timestamp) -> Self {
        let credentials = Credentials {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret.to_owned(),
            session_token: None,
        };
        self.signed = Some((credentials, now));
        self
    }

    /// As it comes out of the line.
    ///
    /// # Panics
    /// When it is not HTTP.
    pub fn into_http(self) -> http::Request<Bytes> {
        let mut request = http::Request::builder().method(self.method).uri(self.path);
        request = request.header("host", format!("{}.{REGION}.amazonaws.com", self.service));
        if self.service == "ec2" {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        if !self.invocation.is_empty() {
            request = request.header("amz-sdk-invocation-id", &self.invocation);
        }
        if self.signed.is_none() {
            request = request.header("authorization", unsigned(self.service));
        }
        let (mut parts, body) = request.body(Bytes::from(self.body)).expect("a request").into_parts();
        if let Some((credentials, now)) = self.signed {
            sign(&mut parts, &body, &credentials, REGION, self.service, now).expect("it can be signed");
        }
        http::Request::from_parts(parts, body)
    }
}

/// Signed for nobody: only servers that believe every key take it.
fn unsigned(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=sim/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=00"
    )
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The document.
    pub body: String,
}

impl From<Response<Bytes>> for Answer {
    fn from(response: Response<Bytes>) -> Self {
        let body = String::from_utf8_lossy(response.body()).into_owned();
        Self { status: response.status().as_u16(), body }
    }
}

impl Answer {
    /// The text of the first element called `name`.
    pub fn text(&self, name: &str) -> Option<&str> {
        let rest = self.body.split_once(&format!("<{name}>"))?.1;
        Some(rest.split_once("</")?.0)
    }

    /// The error code, if it is an error.
    pub fn code(&self) -> Option<&str> {
        (self.status >= 400).then(|| self.text("Code").unwrap_or("none"))
    }
}

/// The network between clients and servers: requests and answers may be late, lost, doubled or overtaken. Clones share
/// it.
#[derive(Clone)]
pub struct Path(Arc<Mutex<Lines>>);

struct Lines {
    random: Random,
    weather: Weather,
    /// Some weather so far doubled messages.
    doubled: bool,
}

impl Path {
    /// In fair weather.
    pub fn new(sim: &Sim) -> Self {
        let lines = Lines { random: Random::new(sim.random()), weather: Weather::default(), doubled: false };
        Self(Arc::new(Mutex::new(lines)))
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the weather.
    pub fn set_weather(&self, weather: Weather) {
        let mut lines = self.lock();
        lines.doubled |= weather.doubled_percent > 0;
        lines.weather = weather;
    }

    /// How long one message takes; `None` when it is lost.
    pub fn fate(&self) -> Option<Duration> {
        let lines = &mut *self.lock();
        let lost = lines.random.chance(lines.weather.loss_percent);
        let delay = lines.random.duration(&lines.weather.delay);
        (!lost).then_some(delay)
    }

    /// Whether any message may have been doubled since the beginning.
    pub fn has_doubled(&self) -> bool {
        self.lock().doubled
    }

    /// Whether a request arrives twice.
    pub fn doubles(&self) -> bool {
        let lines = &mut *self.lock();
        lines.random.chance(lines.weather.doubled_percent)
    }
}
