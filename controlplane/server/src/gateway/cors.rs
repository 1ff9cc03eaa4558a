//! Pages of browsers: which answers a page of another origin may read, and the question a browser asks before it sends such a
//! page's request. <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/cors-support.html>
//!
//! AWS allows any origin, since an origin proves nothing: the signature does, and a page has no key but one that it was given. For the
//! same reason no page is allowed anything where signatures are not checked (`any_credentials`): whatever page somebody looks
//! at could give orders to the region on his machine. Nor are Hearth's own paths for pages.
//!
//! What readers get wrong: the question (a preflight) is not signed and often names no service, as all have one host here. It is then
//! answered for the service that is asked most generously, and the answer to the request itself says what holds.

use super::Gateway;
use super::internal::own_path;
use bytes::Bytes;
use controlplane_wire::{self as wire, limits};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
};
use http::request::Parts;
use http::{HeaderValue, Method, Response};

/// Headers of answers that pages read.
const EXPOSED: &str = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-query-error,Retry-After,Date";
/// Two days: browsers ask again sooner anyway.
const MAX_AGE: &str = "172800";

impl Gateway {
    /// Whether a page may read the answer to a request, as far as its head tells.
    pub(super) fn is_for_pages(&self, parts: &Parts) -> bool {
        !self.settings.any_credentials && is_for_pages(parts)
    }

    /// The answer to a browser that asks whether it may send a page's request; `None` to everybody else.
    pub(super) fn preflight(&self, parts: &Parts) -> Option<Response<Bytes>> {
        preflight(parts).filter(|_| !self.settings.any_credentials)
    }
}

fn is_for_pages(parts: &Parts) -> bool {
    let is_of_page = parts.headers.contains_key(ORIGIN) && !own_path(parts);
    is_of_page && wire::service(parts, b"").is_ok_and(|service| service.is_for_any_origin())
}

/// Lets the page read an answer.
pub(super) fn allow<B>(response: &mut Response<B>) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}

fn preflight(parts: &Parts) -> Option<Response<Bytes>> {
    let asks = parts.method == Method::OPTIONS
        && parts.headers.contains_key(ORIGIN)
        && parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let is_refused = || wire::service(parts, b"").is_ok_and(|service| !service.is_for_any_origin());
    if !asks || own_path(parts) || is_refused() {
        return None;
    }
    let mut response = Response::new(Bytes::new());
    allow(&mut response);
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,POST,PUT,DELETE"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    let wanted = parts.headers.get(ACCESS_CONTROL_REQUEST_HEADERS);
    if let Some(wanted) = wanted.filter(|wanted| wanted.len() <= limits::NAMES) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(method: &str, headers: &[(&str, &str)]) -> Parts {
        let request = http::Request::builder().method(method).uri("/").header("host", "localhost:4566");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    fn signed(service: &str) -> (&'static str, String) {
        let scope = format!("AWS4-HMAC-SHA256 Credential=AK/20260102/us-east-1/{service}/aws4_request");
        ("authorization", scope)
    }

    const PAGE: (&str, &str) = ("origin", "https://example.com");
    const ASKS: (&str, &str) = ("access-control-request-method", "POST");

    #[test]
    fn pages_read_answers_of_services_that_aws_lets_them_read() {
        for (service, expected) in
            [("ec2", true), ("sts", true), ("route53", true), ("account", false), ("tagging", false)]
        {
            let (name, scope) = signed(service);
            assert_eq!(is_for_pages(&parts("POST", &[PAGE, (name, &scope)])), expected, "{service}");
            assert!(!is_for_pages(&parts("POST", &[(name, &scope)])), "{service}: it is no page");
        }
        assert!(!is_for_pages(&parts("POST", &[PAGE])), "nobody knows whose it is");
    }

    #[test]
    fn browsers_are_told_what_they_may_send() {
        let wanted = ("access-control-request-headers", "authorization,x-amz-date");
        let response = preflight(&parts("OPTIONS", &[PAGE, ASKS, wanted])).unwrap();
        assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_HEADERS], wanted.1);
        assert!(!response.headers().contains_key("access-control-allow-credentials"));
        let long = "a".repeat(limits::NAMES + 1);
        let response = preflight(&parts("OPTIONS", &[PAGE, ASKS, (wanted.0, &long)])).unwrap();
        assert!(!response.headers().contains_key(ACCESS_CONTROL_ALLOW_HEADERS));
        let account = ("host", "account.us-east-1.localhost");
        for headers in [&[PAGE][..], &[ASKS], &[]] {
            assert!(preflight(&parts("OPTIONS", headers)).is_none(), "{headers:?}");
        }
        assert!(preflight(&parts("POST", &[PAGE, ASKS])).is_none());
        let mut elsewhere = parts("OPTIONS", &[PAGE, ASKS]);
        elsewhere.headers.insert(account.0, HeaderValue::from_static(account.1));
        assert!(preflight(&elsewhere).is_none(), "AWS has none there");
        elsewhere.headers.insert(account.0, HeaderValue::from_static("localhost"));
        elsewhere.uri = http::Uri::from_static("/_hearth/reset");
        assert!(preflight(&elsewhere).is_none(), "our own paths are not for pages");
    }
}
