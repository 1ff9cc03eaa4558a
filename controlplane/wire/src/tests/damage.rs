//! Damaged requests: whatever is done to the bytes, the answer is a value or an error, never a panic, and no damaged
//! request passes for signed.

use super::golden::{RequestCase, expected, requests};
use super::value::Value;
use crate::call::Call;
use crate::chunked::Chunked;
use crate::client::TOKENS;
use crate::model::spoken;
use crate::sigv4::verify;
use crate::{client, decode, identify};
use bytes::Bytes;
use http::request::Parts;
use proptest::prelude::*;
use proptest::sample::Index;

/// One change: where, how many bytes go, what comes instead.
type Edit = (Index, usize, usize);

fn damage(text: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for (at, removed, token) in edits {
        let start = at.index(bytes.len() + 1);
        let end = (start + removed).min(bytes.len());
        bytes.splice(start..end, TOKENS[*token].iter().copied());
    }
    bytes
}

fn damaged_text(text: &str, edits: &[Edit]) -> String {
    String::from_utf8_lossy(&damage(text.as_bytes(), edits)).into_owned()
}

fn damaged(case: &RequestCase, target: &[Edit], header: &[Edit], body: &[Edit]) -> Option<(Parts, Bytes)> {
    let mut builder = http::Request::builder().method(&*case.method).uri(damaged_text(&case.uri, target));
    for (name, value) in &case.headers {
        let edits = if name == "authorization" || name == "x-amz-date" { header } else { &[] };
        builder = builder.header(name, damage(value.as_bytes(), edits));
    }
    Some(builder.body(Bytes::from(damage(case.body.as_bytes(), body))).ok()?.into_parts())
}

/// Requests whose body is text; those in CBOR are damaged below.
fn texts() -> Vec<RequestCase> {
    requests().into_iter().filter(|case| case.binary.is_none()).collect()
}

/// How often each part of a request was changed.
fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((any::<Index>(), 0..4_usize, 0..TOKENS.len()), 0..=most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_requests_are_answered(
        case in prop::sample::select(texts()),
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
        let _ = client::response::<Value>(call.service, call.operation, &parts, &damage(document.as_bytes(), &edits));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_json_and_cbor_are_answered(
        at in edits(4),
        which in any::<Index>(),
    ) {
        let spoken: Vec<_> = spoken().filter(|service| service.protocol().is_modern()).collect();
        let calls: Vec<Call> = spoken
            .iter()
            .flat_map(|service| service.operations().iter().map(|operation| Call { service, operation }))
            .collect();
        let call = which.get(&calls);
        let (mut parts, body) = client::complete_request(call.service, call.operation).unwrap().into_parts();
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential=AK/20260102/us-east-1/{}/aws4_request", call.service.signing_name()
        );
        parts.headers.insert("authorization", signed.parse().unwrap());
        let body = damage(&body, &at);
        let found = identify(&parts, &body).unwrap();
        prop_assert_eq!(found.service.protocol(), call.service.protocol());
        if let Err(error) = decode::<Value>(&found, &parts, &body) {
            prop_assert!(error.reply(Some(found.service)).status < 500, "{}", error);
        }
    }
}

fn in_pieces(pieces: &[Vec<u8>]) -> Vec<u8> {
    let written =
        pieces.iter().map(|piece| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
    [written.collect::<Vec<_>>().concat(), b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n".to_vec()].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_pieces_are_answered(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..5),
        edits in edits(4),
    ) {
        let whole = in_pieces(&pieces);
        prop_assert_eq!(Chunked::parse(&whole).unwrap().data(), pieces.concat());
        if let Ok(found) = Chunked::parse(&damage(&whole, &edits)) {
            prop_assert!(found.data().len() <= whole.len() + 200);
        }
    }
}

/// Another spelling of the same query (an added `&`, a letter escaped) keeps its signature, by design.
fn respelled(parts: &Parts, intact: &Parts) -> bool {
    parts.uri.path() == intact.uri.path() && parts.uri.query() != intact.uri.query()
}
