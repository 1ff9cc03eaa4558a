//! DNS over HTTPS (RFC 8484): a question is a request, an answer is an answer, in HTTP/1.1 and in HTTP/2.
//!
//! A question that DNS answers is a success whatever the answer says (section 4.2.1): `NXDOMAIN` has status 200. Only what is
//! no question, or does not come as one, has another.

use super::answering::Verdict;
use super::cache::Found;
use super::padding;
use super::server::{CONNECTION_LIFE, Door, IDLE, MOST_QUERY};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use controlplane_types::Runtime;
use dns::answer::{Rcode, Transport};
use hickory_proto::op::Message;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

const PATH: &str = "/dns-query";
const MESSAGE: &str = "application/dns-message";
/// Requests of one HTTP/2 connection that are under way.
const MOST_STREAMS: u32 = 32;
const MAX_HEADERS: usize = 64;
/// The longest question fits into a request's target.
const MAX_HEAD_BYTES: usize = 16 << 10;
/// A question that takes longer is not coming.
const BODY_WITHIN: Duration = Duration::from_secs(5);
/// Once a connection is to end, what is under way gets this long.
const DRAIN: Duration = Duration::from_secs(5);

/// Answers requests until the client has had enough, nothing comes any more, or the connection is old.
pub(super) async fn converse(
    door: &Arc<Door>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: IpAddr,
) {
    let runtime = &door.answering.runtime;
    let activity = Arc::new(Activity::new(runtime.clone()));
    let service = service_fn(|request: Request<Incoming>| {
        let (door, busy) = (door.clone(), activity.begin());
        async move {
            let _busy = busy;
            Ok::<_, Infallible>(respond(&door, peer, request).await)
        }
    });
    let builder = builder();
    let mut conversation = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // Broken connections are the client's affair.
        _ = conversation.as_mut() => return,
        () = activity.idle() => {}
        () = runtime.sleep(CONNECTION_LIFE) => {}
    }
    // What is under way is answered, and the client knows what is not.
    conversation.as_mut().graceful_shutdown();
    tokio::select! {
        _ = conversation => {}
        () = runtime.sleep(DRAIN) => {}
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).max_headers(MAX_HEADERS).max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(MAX_HEAD_BYTES as u32);
    builder
}

/// Requests under way on a connection, and when there was one last.
struct Activity {
    runtime: Arc<dyn Runtime>,
    under_way: Mutex<(usize, Duration)>,
}

/// Counts while it lives.
struct Busy(Arc<Activity>);

impl Activity {
    fn new(runtime: Arc<dyn Runtime>) -> Self {
        let now = runtime.monotonic();
        Self { runtime, under_way: Mutex::new((0, now)) }
    }

    fn begin(self: &Arc<Self>) -> Busy {
        self.change(|count| count + 1);
        Busy(self.clone())
    }

    fn change(&self, change: impl FnOnce(usize) -> usize) {
        let now = self.runtime.monotonic();
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        *under_way = (change(under_way.0), now);
    }

    /// Ends when nothing has been under way for long.
    async fn idle(&self) {
        loop {
            let (count, last) = *self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            let since =
                if count > 0 { Duration::ZERO } else { self.runtime.monotonic().saturating_sub(last) };
            match IDLE.checked_sub(since).filter(|left| !left.is_zero()) {
                Some(left) => self.runtime.sleep(left).await,
                None => return,
            }
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.change(|count| count.saturating_sub(1));
    }
}

/// Why a request is not answered by DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) StatusCode, &'static str);

const ELSEWHERE: Refusal = Refusal(StatusCode::NOT_FOUND, "questions are asked at /dns-query\n");
const METHOD: Refusal = Refusal(StatusCode::METHOD_NOT_ALLOWED, "questions are asked by GET or POST\n");
const MEDIA_TYPE: Refusal =
    Refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type: only application/dns-message is served\n");
const MISSING: Refusal = Refusal(StatusCode::BAD_REQUEST, "dns: missing\n");
const ENCODING: Refusal = Refusal(StatusCode::BAD_REQUEST, "dns: not base64url without padding\n");
const LONG_TARGET: Refusal = Refusal(StatusCode::URI_TOO_LONG, "dns: longer than any question\n");
const LARGE: Refusal = Refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than any question\n");
const BROKEN: Refusal = Refusal(StatusCode::BAD_REQUEST, "the body is broken\n");
const SLOW: Refusal = Refusal(StatusCode::REQUEST_TIMEOUT, "the body did not come in time\n");
const NO_QUESTION: Refusal = Refusal(StatusCode::BAD_REQUEST, "the message is no DNS query\n");
const TOO_MANY: Refusal = Refusal(StatusCode::TOO_MANY_REQUESTS, "too many questions in this second\n");
const NOT_NOW: Refusal = Refusal(StatusCode::SERVICE_UNAVAILABLE, "this resolver cannot answer yet\n");

/// Where the question of a request is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// It was in the target.
    Here(Vec<u8>),
    /// It is the body.
    InBody,
}

/// What the head of a request asks.
pub(super) fn question(head: &Parts) -> Result<Question, Refusal> {
    if head.uri.path() != PATH {
        return Err(ELSEWHERE);
    }
    match head.method {
        Method::GET => in_target(head.uri.query().unwrap_or_default()).map(Question::Here),
        Method::POST if holds_message(&head.headers) => Ok(Question::InBody),
        Method::POST => Err(MEDIA_TYPE),
        _ => Err(METHOD),
    }
}

fn in_target(query: &str) -> Result<Vec<u8>, Refusal> {
    let encoded = query.split('&').find_map(|variable| variable.strip_prefix("dns=")).ok_or(MISSING)?;
    if encoded.len() > MOST_QUERY.div_ceil(3) * 4 {
        return Err(LONG_TARGET);
    }
    let packet = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| ENCODING)?;
    if packet.len() > MOST_QUERY { Err(LONG_TARGET) } else { Ok(packet) }
}

/// Parameters of the type say nothing about a message.
fn holds_message(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let name = value.and_then(|value| value.split(';').next());
    name.is_some_and(|name| name.trim().eq_ignore_ascii_case(MESSAGE))
}

async fn respond(door: &Door, peer: IpAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let is_head = request.method() == Method::HEAD;
    let response = answered(door, peer, request).await.map_or_else(refusal, message);
    // Over HTTP/2 nobody takes it out on the way.
    if is_head { response.map(|_| Full::default()) } else { response }
}

async fn answered(door: &Door, peer: IpAddr, request: Request<Incoming>) -> Result<Vec<u8>, Refusal> {
    if !door.admits(peer) {
        return Err(TOO_MANY);
    }
    let (head, body) = request.into_parts();
    // Before anything is refused: some clients take it for a failure if nobody listens to the end.
    let body = whole(body, &*door.answering.runtime).await?;
    let packet = match question(&head)? {
        Question::Here(packet) => packet.into(),
        Question::InBody => body,
    };
    let mut reply = asked(door, peer, &packet).await?;
    padding::pad(&packet, &mut reply);
    Ok(reply)
}

async fn whole(body: Incoming, runtime: &dyn Runtime) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > MOST_QUERY as u64 {
        return Err(LARGE);
    }
    let body = Limited::new(body, MOST_QUERY);
    match runtime.within(BODY_WITHIN, body.collect()).await {
        None => Err(SLOW),
        Some(Ok(collected)) => Ok(collected.to_bytes()),
        Some(Err(error)) if error.is::<LengthLimitError>() => Err(LARGE),
        Some(Err(_)) => Err(BROKEN),
    }
}

/// The reply that a connection would carry.
async fn asked(door: &Door, peer: IpAddr, packet: &[u8]) -> Result<Vec<u8>, Refusal> {
    match door.answering.at_once(&door.vpc_id, packet, peer, Transport::Tcp) {
        Verdict::Reply(reply) if is_unreadable(packet, &reply) => Err(NO_QUESTION),
        Verdict::Reply(reply) => Ok(reply),
        Verdict::Nothing => Err(NO_QUESTION),
        Verdict::Later => {
            let _place = door.waiting.take(()).ok_or(NOT_NOW)?;
            door.answering.later(&door.vpc_id, packet, Transport::Tcp).await.ok_or(NOT_NOW)
        }
    }
}

/// Noise that is long enough for a header. A message that only breaks a rule of DNS is told so by DNS.
fn is_unreadable(packet: &[u8], reply: &[u8]) -> bool {
    let code = reply.get(3).map(|low| u16::from(low & 0xf));
    let faults = [Rcode::FormErr, Rcode::NotImp].map(|code| Some(code as u16));
    faults.contains(&code) && Message::from_vec(packet).is_err()
}

/// Caches of HTTP may keep it as long as those of DNS (section 5.1).
fn message(reply: Vec<u8>) -> Response<Full<Bytes>> {
    let max_age = HeaderValue::from_str(&format!("max-age={}", lifetime_s(&reply)));
    let mut response = Response::new(Full::new(Bytes::from(reply)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MESSAGE));
    headers.insert(CACHE_CONTROL, max_age.unwrap_or(HeaderValue::from_static("no-store")));
    response
}

fn lifetime_s(reply: &[u8]) -> u32 {
    let found = |reply: Message| {
        let Message { metadata, answers, authorities, .. } = reply;
        Found { code: metadata.response_code, answers, authorities, complete: true }
    };
    Message::from_vec(reply).ok().and_then(|reply| found(reply).lifetime_s()).unwrap_or(0)
}

fn refusal(Refusal(status, text): Refusal) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET, POST"));
    }
    response
}
