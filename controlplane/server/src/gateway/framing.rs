//! Where a request ends, and for which host it is: what two readers of the same bytes must not see differently.
//!
//! Whoever puts a proxy in front of this port trusts that both agree on where one request ends and the next begins; where
//! they do not, a client's body becomes another client's request. hyper refuses what is plainly broken (two lengths that
//! differ, `chunked` that is not last, folded headers). Left are requests it takes, or repairs, that another reader may
//! read otherwise:
//!
//! * **A length beside `Transfer-Encoding`** is gone by the time we see the request. So every request with
//!   `Transfer-Encoding` is the last of its connection, as RFC 9112, section 6.1 demands of that pair: bytes that follow
//!   it are nobody's request. AWS's clients know how long their bodies are and lose nothing.
//! * **More than `chunked`**: refused.
//! * **No host, or two**: refused, as RFC 9112, section 3.2 demands.

use controlplane_wire::limits;
use http::header::{CONNECTION, EXPECT, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Response, Version};

/// Why a request with this head is not read any further.
pub(super) fn ambiguous(parts: &Parts) -> Option<&'static str> {
    let count = |name| parts.headers.get_all(name).iter().count();
    let is_chunked = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"chunked");
    let has_other_codings = !parts.headers.get_all(TRANSFER_ENCODING).iter().all(is_chunked);
    match (count(HOST), parts.version) {
        (2.., _) => Some("there is more than one Host header\n"),
        (0, Version::HTTP_11) => Some("there is no Host header\n"),
        _ if count(TRANSFER_ENCODING) > 1 => Some("there is more than one Transfer-Encoding header\n"),
        _ if has_other_codings => Some("Transfer-Encoding is chunked or nothing\n"),
        _ => None,
    }
}

/// Whether nothing may follow a request with this head on its connection.
pub(super) fn is_last(parts: &Parts) -> bool {
    parts.version < Version::HTTP_2 && parts.headers.contains_key(TRANSFER_ENCODING)
}

/// Whether a client that asks before it sends its body (`Expect: 100-continue`, RFC 9110, section 10.1.1) is to keep it. Others have
/// begun to send and are heard out; the one who may go on is told so by hyper, when the body is first asked for.
pub(super) fn is_not_to_come(parts: &Parts, length: u64) -> bool {
    length > limits::BODY as u64 && parts.headers.contains_key(EXPECT)
}

/// Says that nothing follows.
pub(super) fn close<B>(response: &mut Response<B>) {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let request = headers
            .iter()
            .fold(http::Request::post("/"), |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn heads_that_two_readers_may_read_differently_are_refused() {
        const HOST: (&str, &str) = ("host", "a");
        for (headers, passes) in [
            (vec![HOST], true),
            (vec![HOST, ("content-length", "1")], true),
            (vec![HOST, ("transfer-encoding", "Chunked")], true),
            (vec![], false),
            (vec![HOST, HOST], false),
            (vec![HOST, ("transfer-encoding", "gzip, chunked")], false),
            (vec![HOST, ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")], false),
        ] {
            assert_eq!(ambiguous(&parts(&headers)).is_none(), passes, "{headers:?}");
        }
        let asks = parts(&[HOST, ("expect", "100-continue")]);
        let most = limits::BODY as u64;
        assert!(is_not_to_come(&asks, most + 1) && !is_not_to_come(&asks, most));
        assert!(!is_not_to_come(&parts(&[HOST]), most + 1));
        assert!(is_last(&parts(&[HOST, ("transfer-encoding", "chunked")])) && !is_last(&parts(&[HOST])));
    }
}
