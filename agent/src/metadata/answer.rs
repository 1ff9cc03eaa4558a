//! One request, one reply: the rules of the service without sockets or clocks.

use super::directory::View;
use super::token::{MAX_TTL_S, Tokens};
use super::tree::Node;
use controlplane_types::Timestamp;
use http::{HeaderMap, Method, StatusCode};

/// Asks for a token to live this long.
pub(super) const TTL_HEADER: &str = "x-aws-ec2-metadata-token-ttl-seconds";
/// Carries a token.
pub(super) const TOKEN_HEADER: &str = "x-aws-ec2-metadata-token";

/// Dates of the interface that clients ask for. All of them get today's tree: it only ever grew.
const VERSIONS: [&str; 28] = [
    "1.0",
    "2007-01-19",
    "2007-03-01",
    "2007-08-29",
    "2007-10-10",
    "2007-12-15",
    "2008-02-01",
    "2008-09-01",
    "2009-04-04",
    "2011-01-01",
    "2011-05-01",
    "2012-01-12",
    "2014-02-25",
    "2014-11-05",
    "2015-10-20",
    "2016-04-19",
    "2016-06-30",
    "2016-09-02",
    "2018-03-28",
    "2018-08-17",
    "2018-09-24",
    "2019-10-01",
    "2020-10-27",
    "2021-01-03",
    "2021-03-23",
    "2021-07-15",
    "2022-09-24",
    "latest",
];

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Path, undecoded, without the query.
    pub path: String,
    /// Headers.
    pub headers: HeaderMap,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: StatusCode,
    /// Value of the header that says how long a token lives.
    pub token_ttl_s: Option<u64>,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Body.
    pub body: Vec<u8>,
}

impl Reply {
    fn text(body: impl Into<Vec<u8>>) -> Self {
        Self { status: StatusCode::OK, token_ttl_s: None, content_type: "text/plain", body: body.into() }
    }

    /// A refusal with a line that says why.
    pub(super) fn refusal(status: StatusCode, why: &str) -> Self {
        Self { status, ..Self::text(format!("{}: {why}\n", status.as_str())) }
    }
}

/// Answers an instance.
pub fn answer(request: &Request, view: &View, tokens: &Tokens, now: Timestamp) -> Reply {
    if !view.enabled {
        return Reply::refusal(StatusCode::FORBIDDEN, "the metadata service is disabled for this instance");
    }
    match request.method {
        Method::PUT => issue(request, view, tokens, now),
        Method::GET | Method::HEAD => match authorize(request, view, tokens, now) {
            Ok(()) => read(&request.path, view),
            Err(refusal) => refusal,
        },
        _ => Reply::refusal(StatusCode::METHOD_NOT_ALLOWED, "only GET, HEAD and, for tokens, PUT"),
    }
}

fn issue(request: &Request, view: &View, tokens: &Tokens, now: Timestamp) -> Reply {
    let path = segments(&request.path);
    if !matches!(path[..], [version, "api", "token"] if VERSIONS.contains(&version)) {
        return Reply::refusal(StatusCode::METHOD_NOT_ALLOWED, "PUT is for /latest/api/token");
    }
    if request.headers.contains_key("x-forwarded-for") {
        // Somebody inside is a proxy for somebody else.
        return Reply::refusal(StatusCode::FORBIDDEN, "no tokens through proxies");
    }
    let Some(ttl_s) = requested_ttl(&request.headers) else {
        let why = "x-aws-ec2-metadata-token-ttl-seconds must be 1 to 21600";
        return Reply::refusal(StatusCode::BAD_REQUEST, why);
    };
    Reply { token_ttl_s: Some(ttl_s), ..Reply::text(tokens.issue(&view.id, ttl_s, now)) }
}

/// Digits only, given once.
fn requested_ttl(headers: &HeaderMap) -> Option<u64> {
    let text = only(headers, TTL_HEADER)?.to_str().ok()?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|ttl_s| digits && (1..=MAX_TTL_S).contains(ttl_s))
}

/// A header that is there exactly once: two are as suspicious as none.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a http::HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

fn authorize(request: &Request, view: &View, tokens: &Tokens, now: Timestamp) -> Result<(), Reply> {
    let refused = |why| Err(Reply::refusal(StatusCode::UNAUTHORIZED, why));
    if !request.headers.contains_key(TOKEN_HEADER) {
        // Version 1: no token at all.
        return if view.tokens_required { refused("a token is required") } else { Ok(()) };
    }
    match only(&request.headers, TOKEN_HEADER) {
        Some(token) if tokens.accepts(token.as_bytes(), &view.id, now) => Ok(()),
        _ => refused("the token is not valid"),
    }
}

fn read(path: &str, view: &View) -> Reply {
    let absent = || Reply::refusal(StatusCode::NOT_FOUND, "not found");
    let path = match segments(path)[..] {
        [] => return Reply::text(VERSIONS.join("\n")),
        [version, ref rest @ ..] if VERSIONS.contains(&version) => rest.to_vec(),
        _ => return absent(),
    };
    match view.root.find(&path) {
        Some(Node::Folder(entries)) => Reply::text(Node::listing(entries)),
        Some(Node::Value(value)) if path == ["user-data"] => {
            Reply { content_type: "application/octet-stream", ..Reply::text(value.clone()) }
        }
        Some(Node::Value(value)) => Reply::text(value.clone()),
        None => absent(),
    }
}

/// Slashes may be doubled or trailing, as clients join paths carelessly.
fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}
