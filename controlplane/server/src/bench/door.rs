//! The hooks as paths of the AWS port.

use super::value::{BenchValue, key};
use super::watches::Watched;
use crate::gateway::Gateway;
use crate::writer::{Work, WriteError};
use bytes::Bytes;
use controlplane_services_kernel::Caller;
use http::request::Parts;
use http::{Method, Response, StatusCode};

const PUT: &str = "/_hearth/bench/put";
const GET: &str = "/_hearth/bench/get";
const WATCH: &str = "/_hearth/bench/watch";

/// As long as the longest names AWS allows, twice.
const KEY_BYTES: usize = 512;
const VALUE_BYTES: usize = 1 << 20;

impl Gateway {
    /// The answer to a put or get, or to a request for a hook that makes no sense; the leader's id when only the leader
    /// can answer, `None` when `parts` is for no hook.
    pub(crate) async fn bench(
        &self,
        parts: &Parts,
        body: &Bytes,
    ) -> Option<Result<Response<Bytes>, Option<u64>>> {
        self.watches()?;
        let answer = match (&parts.method, parts.uri.path()) {
            (&Method::POST, PUT) => match id(parts) {
                Some(id) => return Some(self.bench_put(id, body).await),
                None => no_key(),
            },
            (&Method::GET, GET) => match id(parts) {
                Some(id) => self.bench_get(&id).await,
                None => no_key(),
            },
            (&Method::GET, WATCH) => match id(parts) {
                Some(_) => refuse(StatusCode::CONFLICT, "watches are not forwarded"),
                None => no_key(),
            },
            (_, PUT | GET | WATCH) => {
                refuse(StatusCode::METHOD_NOT_ALLOWED, "put is POST, get and watch are GET")
            }
            _ => return None,
        };
        Some(Ok(answer))
    }

    /// The answer to a watch; `None` when `parts` is for something else or names no proper key.
    pub(crate) fn bench_watch(&self, parts: &Parts) -> Option<Response<Watched>> {
        let watches = self.watches()?;
        if parts.method != Method::GET || parts.uri.path() != WATCH {
            return None;
        }
        id(parts).map(|id| Response::new(watches.watch(&id)))
    }

    async fn bench_put(&self, id: String, value: &Bytes) -> Result<Response<Bytes>, Option<u64>> {
        if value.len() > VALUE_BYTES {
            return Ok(refuse(StatusCode::PAYLOAD_TOO_LARGE, "a value holds at most 1 MiB"));
        }
        // A copy: the body is a window into the connection's buffer, which would live as long as the record.
        let record = BenchValue { bytes: value.to_vec().into() };
        let work = Work::new(Caller::system(self.region().clone()), move |cx| {
            cx.put_at(key(&id), record);
            Ok(Box::new(()) as _)
        });
        match self.house().writer.write(work).await {
            Ok(_) => Ok(Response::new(Bytes::new())),
            Err(WriteError::NotLeader { leader }) => Err(leader),
            Err(error @ WriteError::Overloaded(_)) => {
                Ok(refuse(StatusCode::TOO_MANY_REQUESTS, &error.to_string()))
            }
            Err(error) => Ok(refuse(StatusCode::SERVICE_UNAVAILABLE, &error.to_string())),
        }
    }

    async fn bench_get(&self, id: &str) -> Response<Bytes> {
        match self.house().reads.applied().await {
            Ok(applied) => match applied.view.get::<BenchValue>(&key(id)) {
                Some(value) => Response::new(Bytes::copy_from_slice(&value.bytes)),
                None => refuse(StatusCode::NOT_FOUND, "no such key"),
            },
            Err(error) => refuse(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
        }
    }
}

/// The key a request names.
fn id(parts: &Parts) -> Option<String> {
    let query = parts.uri.query().unwrap_or_default();
    let named = query.split('&').find_map(|pair| pair.strip_prefix("key="));
    named.and_then(percent_decoded).filter(|id| (1..=KEY_BYTES).contains(&id.len()))
}

fn no_key() -> Response<Bytes> {
    refuse(StatusCode::BAD_REQUEST, "key must be 1 to 512 bytes of UTF-8, percent-encoded")
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

fn refuse(status: StatusCode, reason: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(format!("{reason}\n")));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_the_query() {
        let long = "k".repeat(KEY_BYTES + 1);
        let cases: [(&str, Option<&str>); 9] = [
            ("key=a", Some("a")),
            ("x=1&key=a%2Fb%20c", Some("a/b c")),
            ("key=%C3%BC", Some("\u{fc}")),
            ("key=", None),
            ("", None),
            ("key=%2", None),
            ("key=%zz", None),
            ("key=%ff", None),
            (&format!("key={long}"), None),
        ];
        for (query, expected) in cases {
            let request = http::Request::get(format!("{GET}?{query}")).body(()).expect("a request");
            let found = id(&request.into_parts().0);
            assert_eq!(found.as_deref(), expected, "{query}");
        }
    }
}
