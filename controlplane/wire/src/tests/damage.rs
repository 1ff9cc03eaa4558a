//! Damaged requests: whatever is done to the bytes, the answer is a value or an error, never a panic, and no damaged
//! request passes for signed.

use super::golden::{RequestCase, expected, requests};
use super::value::Value;
use crate::sigv4::verify;
use crate::{client, decode, identify};
use bytes::Bytes;
use http::request::Parts;
use proptest::prelude::*;
use proptest::sample::Index;

/// Bytes that mean something to one of the parsers.
const TOKENS: &[&str] = &[
    "&",
    "=",
    ".",
    "%",
    "%00",
    "%F0%9F",
    "+",
    "<",
    ">",
    "/>",
    "</",
    "<a>",
    "<!--",
    "]]>",
    "<![CDATA[",
    "&amp",
    "&#0;",
    "&#x;",
    "<!DOCTYPE a>",
    "<?a?>",
    "\"",
    "'",
    " xmlns=''",
    ":",
    "\0",
    "\r\n",
    ",",
    ";",
    "/",
    "..",
    "1",
    "-1",
    "99999999999",
    ".1.",
    "member",
    "Action=",
    "é",
    "\u{feff}",
];

/// One change: where, how many bytes go, what comes instead.
type Edit = (Index, usize, usize);

fn damage(text: &str, edits: &[Edit]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (at, removed, token) in edits {
        let start = at.index(bytes.len() + 1);
        let end = (start + removed).min(bytes.len());
        bytes.splice(start..end, TOKENS[*token].bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn damaged(case: &RequestCase, target: &[Edit], header: &[Edit], body: &[Edit]) -> Option<(Parts, Bytes)> {
    let mut builder = http::Request::builder().method(&*case.method).uri(damage(&case.uri, target));
    for (name, value) in &case.headers {
        let edits = if name == "authorization" || name == "x-amz-date" { header } else { &[] };
        builder = builder.header(name, damage(value, edits));
    }
    Some(builder.body(Bytes::from(damage(&case.body, body))).ok()?.into_parts())
}

/// How often each part of a request was changed.
fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((any::<Index>(), 0..4_usize, 0..TOKENS.len()), 0..=most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_requests_are_answered(
        case in prop::sample::select(requests()),
        target in edits(1),
        header in edits(2),
        body in edits(3),
    ) {
        let Some((parts, body)) = damaged(&case, &target, &header, &body) else { return Ok(()) };
        if let Ok(call) = identify(&parts, &body) {
            let _ = decode::<Value>(&call, &parts, &body);
        }
        let (intact, intact_body) = case.parts();
        let same = parts.uri == intact.uri && parts.headers == intact.headers && body == intact_body;
        prop_assert!(same || expected(|expected| verify(&parts, &body, expected)).is_err() || respelled(&parts, &intact));
    }

    #[test]
    fn damaged_answers_are_answered(edits in edits(4), error in any::<bool>()) {
        let call = super::call("route53", "ListResourceRecordSets");
        let document = include_str!("../../golden/responses/route53.ListResourceRecordSets.xml");
        let (mut parts, ()) = http::Response::new(()).into_parts();
        if error {
            parts.status = http::StatusCode::BAD_REQUEST;
        }
        let _ = client::response::<Value>(call.service, call.operation, &parts, damage(document, &edits).as_bytes());
    }
}

/// Another spelling of the same query (an added `&`, a letter escaped) keeps its signature, by design.
fn respelled(parts: &Parts, intact: &Parts) -> bool {
    parts.uri.path() == intact.uri.path() && parts.uri.query() != intact.uri.query()
}
