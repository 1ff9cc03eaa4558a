//! What a real SDK sends is understood as it was meant and proved to be signed; what we answer, it understands.
//! `golden/record.py` makes the cases.

use super::value::Value;
use crate::model::{Kind, Service, ShapeId};
use crate::sigv4::{Expected, verify};
use crate::{client, decode, encode, identify};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use controlplane_types::Timestamp;
use http::request::Parts;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Deserialize)]
pub(super) struct RequestCase {
    service: String,
    operation: String,
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) body: String,
    /// The body of a request in CBOR, in base64.
    pub(super) binary: Option<String>,
    input: serde_json::Value,
}

#[derive(Deserialize)]
struct ResponseCase {
    service: String,
    operation: String,
    output: serde_json::Value,
}

pub(super) fn requests() -> Vec<RequestCase> {
    serde_json::from_str(include_str!("../../golden/requests.json")).unwrap()
}

impl RequestCase {
    pub(super) fn parts(&self) -> (Parts, Bytes) {
        let mut builder = http::Request::builder().method(&*self.method).uri(&self.uri);
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        let binary = self.binary.as_ref().map(|text| Bytes::from(STANDARD.decode(text).unwrap()));
        let body = binary.unwrap_or_else(|| Bytes::copy_from_slice(self.body.as_bytes()));
        builder.body(body).unwrap().into_parts()
    }
}

#[test]
fn requests_of_a_real_sdk_are_understood() {
    for case in requests() {
        let (parts, body) = case.parts();
        let call = identify(&parts, &body).unwrap_or_else(|error| panic!("{}: {error}", case.operation));
        assert_eq!((call.service.name(), &*call.operation.name), (&*case.service, &*case.operation));
        let input: Value =
            decode(&call, &parts, &body).unwrap_or_else(|error| panic!("{}: {error}", case.operation));
        assert_eq!(
            input.json(),
            entries(call.service, call.operation.input, case.input),
            "{}",
            case.operation
        );
    }
}

/// What the SDK calls a map is a list of entries to us.
fn entries(service: &Service, shape: ShapeId, value: serde_json::Value) -> serde_json::Value {
    match (&service.shape(shape).kind, value) {
        (Kind::List(list), serde_json::Value::Object(members)) if list.is_map => {
            members.into_iter().map(|(key, value)| serde_json::json!({"key": key, "value": value})).collect()
        }
        (Kind::Structure(structure), serde_json::Value::Object(members)) => {
            let of = |name: &str| structure.member(structure.index_of(name).unwrap()).shape;
            let members = members.into_iter().map(|(name, value)| {
                let shape = of(&name);
                (name, entries(service, shape, value))
            });
            members.collect()
        }
        (_, value) => value,
    }
}

#[test]
fn our_own_requests_say_the_same() {
    for case in requests() {
        let (parts, body) = case.parts();
        let call = identify(&parts, &body).unwrap();
        let input: Value = decode(&call, &parts, &body).unwrap();
        let (mut ours, our_body) =
            client::request(call.service, call.operation, &input).unwrap().into_parts();
        ours.headers.insert("authorization", parts.headers["authorization"].clone());
        let again: Value = decode(&identify(&ours, &our_body).unwrap(), &ours, &our_body).unwrap();
        assert_eq!(again, input, "{}", case.operation);
    }
}

/// Runs a check at the moment and with the key that the cases were signed with.
pub(super) fn expected<T>(check: impl FnOnce(&Expected<'_>) -> T) -> T {
    let secret =
        |key: &str| (key == "AKIDEXAMPLE").then(|| "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
    let now = Timestamp::parse_iso8601("2026-01-02T03:04:05Z").unwrap();
    check(&Expected { now, serves: &|region| region == "us-east-1", secret: &secret })
}

#[test]
fn signatures_of_a_real_sdk_are_verified() {
    let mut tokens = 0;
    for case in requests() {
        let (parts, body) = case.parts();
        let verified = expected(|expected| verify(&parts, &body, expected));
        let verified = verified.unwrap_or_else(|error| panic!("{}: {error}", case.operation));
        assert_eq!(verified.service, crate::model::by_name(&case.service).unwrap().signing_name());
        tokens += usize::from(verified.session_token.as_deref() == Some("session/token=="));
        let other_body = [&*body, b"&x=y"].concat();
        assert!(
            expected(|expected| verify(&parts, &other_body, expected)).is_err(),
            "{}: any body passes",
            case.operation
        );
    }
    assert_eq!(tokens, 1);
}

/// Each document is what we write for the value that the SDK reads from it.
#[test]
fn responses_are_read_by_a_real_sdk() {
    let cases: Vec<ResponseCase> = serde_json::from_str(include_str!("../../golden/responses.json")).unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let call = super::call(&case.service, &case.operation);
        let path = format!(
            "{}/golden/responses/{}.{}.xml",
            // As of now, not of when this was compiled: the checkout may be another one.
            std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs tests"),
            case.service,
            case.operation
        );
        let document = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let (mut parts, _) = http::Response::new(()).into_parts();
        parts.status = http::StatusCode::from_u16(call.operation.status).unwrap();
        let output: Value = client::response(call.service, call.operation, &parts, &document).unwrap();
        assert_eq!(output.json(), case.output, "{}", case.operation);
        let again =
            encode(call.service, call.operation, &output, "11111111-2222-3333-4444-555555555555").unwrap();
        let again: Value = client::response(call.service, call.operation, &parts, again.body()).unwrap();
        assert_eq!(again, output, "{}", case.operation);
    }
}
