//! REST in JSON: the traits that Account Management does not use, on a model of our own, and exact requests and answers of both.

use crate::call::Call;
use crate::model::{Protocol, Service, by_name, load};
use crate::sigv4::SignatureError;
use crate::{ErrorReply, WireError, client, decode, encode, encode_error, identify};
use bytes::Bytes;
use http::request::{Builder, Parts};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Something of every trait there is.
const CHEST: &str = r#"{"apiVersion": "2026-01-01", "endpointPrefix": "chest", "protocol": "rest-json", "signingName": "chest",
"operations": {
    "DeleteBox": {"method": "DELETE", "requestUri": "/boxes", "responseCode": 204},
    "PutBlob": {"method": "POST", "requestUri": "/blob", "input": "Blob", "output": "Blob"},
    "PutBox": {"method": "PUT", "requestUri": "/boxes/{Name}?kind=small", "responseCode": 201, "input": "Box", "output": "BoxAnswer"},
    "PutNote": {"method": "POST", "requestUri": "/note/{Path+}", "input": "Note", "output": "NoteAnswer"},
    "PutThing": {"method": "POST", "requestUri": "/thing", "input": "Thing", "output": "Thing"}},
"others": {"ListBoxes": ["GET", "/boxes"]},
"errors": {"SlowDown": {"code": "SlowDown", "status": 429}},
"shapes": {
    "Blob": {"type": "structure", "payload": "Data", "required": ["Kind"], "members": {
        "Data": {"shape": "Bytes"}, "Kind": {"shape": "Text", "location": "header", "locationName": "Content-Type"}}},
    "Box": {"type": "structure", "required": ["Name"], "members": {
        "At": {"shape": "Moment", "location": "header", "locationName": "x-at", "timestampFormat": "iso8601"},
        "Bytes": {"shape": "Bytes"}, "Count": {"shape": "Number", "location": "querystring", "locationName": "n"},
        "Flag": {"shape": "Boolean", "location": "querystring", "locationName": "flag"},
        "Half": {"shape": "Double", "location": "querystring", "locationName": "half"},
        "Items": {"shape": "Things"}, "Iso": {"shape": "Moment", "timestampFormat": "iso8601"},
        "Kind": {"shape": "Text", "locationName": "x-owner"}, "Map": {"shape": "Map"},
        "Marks": {"shape": "Texts", "location": "header", "locationName": "x-marks"},
        "Meta": {"shape": "Map", "location": "headers", "locationName": "x-Meta-"},
        "Name": {"shape": "Text", "location": "uri", "locationName": "Name"},
        "Owner": {"shape": "Text", "location": "header", "locationName": "x-owner"},
        "Since": {"shape": "Moment", "location": "header", "locationName": "x-since"},
        "Tags": {"shape": "Texts", "location": "querystring", "locationName": "tag"},
        "Time": {"shape": "Moment"}, "Until": {"shape": "Moment", "location": "querystring", "locationName": "until"}}},
    "BoxAnswer": {"type": "structure", "members": {
        "Items": {"shape": "Things"}, "Marks": {"shape": "Texts", "location": "header", "locationName": "x-marks"},
        "Meta": {"shape": "Map", "location": "headers", "locationName": "x-meta-"},
        "Since": {"shape": "Moment", "location": "header", "locationName": "x-since"},
        "Status": {"shape": "Number", "location": "statusCode"}, "Time": {"shape": "Moment"}}},
    "Boolean": {"type": "boolean"}, "Bytes": {"type": "blob"}, "Double": {"type": "double"}, "Moment": {"type": "timestamp"},
    "Map": {"type": "list", "map": true, "member": {"shape": "Map.entry", "locationName": "entry"}},
    "Map.entry": {"type": "structure", "required": ["key", "value"], "members": {
        "key": {"shape": "Text", "locationName": "key"}, "value": {"shape": "Text", "locationName": "value"}}},
    "Note": {"type": "structure", "payload": "Text", "required": ["Path"], "members": {
        "Path": {"shape": "Text", "location": "uri", "locationName": "Path"}, "Text": {"shape": "Text"}}},
    "NoteAnswer": {"type": "structure", "payload": "Text", "members": {"Text": {"shape": "Text"}}},
    "Number": {"type": "integer"}, "Text": {"type": "string"}, "Texts": {"type": "list", "member": {"shape": "Text"}},
    "Thing": {"type": "structure", "payload": "Inner", "members": {
        "Inner": {"shape": "ThingInner"}, "Owner": {"shape": "Text", "location": "header", "locationName": "x-owner"}}},
    "ThingInner": {"type": "structure", "members": {"Name": {"shape": "Text", "locationName": "name"}, "Map": {"shape": "Map"}}},
    "Things": {"type": "list", "member": {"shape": "ThingInner"}}}}"#;

/// The service of that model.
pub(super) fn chest() -> &'static Service {
    static CHEST_SERVICE: LazyLock<Service> =
        LazyLock::new(|| load("chest", CHEST, r#"{"neutral": {}}"#).unwrap().0);
    &CHEST_SERVICE
}

fn call(operation: &str) -> Call {
    Call { service: chest(), operation: chest().operation(operation).unwrap() }
}

#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    name: Option<String>,
    count: Option<i32>,
    tags: Option<Vec<String>>,
    until: Option<u64>,
    owner: Option<String>,
    kind: Option<String>,
    since: Option<u64>,
    marks: Option<Vec<String>>,
    meta: Option<Vec<Entry>>,
    bytes: Option<Vec<u8>>,
    time: Option<u64>,
}

#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
struct Entry {
    key: String,
    value: String,
}

fn entry(key: &str, value: &str) -> Entry {
    Entry { key: key.into(), value: value.into() }
}

fn sent(request: Builder, body: &[u8]) -> (Parts, Bytes) {
    request.body(Bytes::copy_from_slice(body)).unwrap().into_parts()
}

fn put_box(request: Builder, body: &str) -> Result<Input, WireError> {
    let (parts, body) = sent(request, body.as_bytes());
    decode(&call("PutBox"), &parts, &body)
}

fn put(target: &str) -> Builder {
    http::Request::put(target)
}

#[test]
fn members_are_found_in_their_places() {
    let request = put("/boxes/a%2Fb?kind=small&n=-5&tag=x&tag=y+z&until=2026-01-02T03:04:05Z")
        .header("x-owner", "me")
        .header("x-since", "Fri, 02 Jan 2026 03:04:05 GMT")
        .header("x-marks", "a, \"b, \\\"c\\\"\"")
        .header("x-marks", "d")
        .header("x-meta-Colour", "red, blue")
        .header("content-type", "application/json; charset=utf-8");
    let input = put_box(request, r#"{"x-owner": "you", "Bytes": "AAE=", "Time": 1767323045.5}"#).unwrap();
    let expected = Input {
        name: Some("a/b".into()),
        count: Some(-5),
        tags: Some(vec!["x".into(), "y z".into()]),
        until: Some(1_767_323_045_000),
        owner: Some("me".into()),
        kind: Some("you".into()),
        since: Some(1_767_323_045_000),
        marks: Some(vec!["a".into(), "b, \"c\"".into(), "d".into()]),
        meta: Some(vec![entry("colour", "red, blue")]),
        bytes: Some(vec![0, 1]),
        time: Some(1_767_323_045_500),
    };
    assert_eq!(input, expected);
    let ours = client::request(chest(), call("PutBox").operation, &expected).unwrap();
    assert_eq!(ours.uri(), "/boxes/a%2Fb?kind=small&n=-5&tag=x&tag=y%20z&until=2026-01-02T03%3A04%3A05.000Z");
    assert_eq!(ours.headers()["x-since"], "Fri, 02 Jan 2026 03:04:05 GMT");
    assert_eq!(ours.headers()["x-marks"], "a, \"b, \\\"c\\\"\", d");
    assert_eq!(
        std::str::from_utf8(ours.body()).unwrap(),
        r#"{"x-owner":"you","Bytes":"AAE=","Time":1767323045.500}"#
    );
}

#[test]
fn what_must_not_pass_is_named() {
    let small = "/boxes/a?kind=small";
    for (request, body, message) in [
        (put(&format!("{small}&nope=1")), "", "nope"),
        (put(&format!("{small}&n=x")), "", "'Count'"),
        (put(&format!("{small}&n=1&n=2")), "", "more than once"),
        (put(small).header("x-owner", "a").header("x-owner", "b"), "", "more than once"),
        (put(small).header("x-marks", "\"a"), "", "open quote"),
        (put(small).header("x-marks", "\"a\" b"), "", "open quote"),
        (put(small).header("x-meta-a", "1").header("x-meta-a", "2"), "", "more than once"),
        (put(small).header("content-type", "text/plain"), "{}", "application/json"),
        (put(small), r#"{"Owner": "a"}"#, "Owner"),
        (put(small), r#"{"Name": "a"}"#, "Name"),
        (put(small), r#"{"Iso": "2026-01-02T03:04:05Z"}"#, "not supported"),
        (put(small), "[]", "the document"),
        (put(small), "{}{}", "JSON"),
    ] {
        let error = put_box(request, body).expect_err(message);
        let reply = error.reply(Some(chest()));
        assert!(
            ["ValidationException", "SerializationException"].contains(&&*reply.code),
            "{message}: {error}"
        );
        assert!(error.to_string().contains(message), "{message}: {error}");
    }
}

#[test]
fn a_body_may_be_one_member() {
    #[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Blob {
        data: Option<Vec<u8>>,
        kind: Option<String>,
    }
    let image = Blob { data: Some(b"\xff{\0".to_vec()), kind: Some("image/png".into()) };
    let (parts, body) = sent(http::Request::post("/blob").header("content-type", "image/png"), b"\xff{\0");
    assert_eq!(decode::<Blob>(&call("PutBlob"), &parts, &body).unwrap(), image);
    let response = encode(chest(), call("PutBlob").operation, &image, "req-1").unwrap();
    assert_eq!(
        (&response.body()[..], &response.headers()["content-type"]),
        (&b"\xff{\0"[..], &"image/png".parse().unwrap())
    );
    let none = Blob { data: None, ..image };
    assert!(encode(chest(), call("PutBlob").operation, &none, "req-1").unwrap().body().is_empty());
    let (parts, body) = sent(http::Request::post("/thing"), br#"{"name": "a"}"#);
    assert!(decode::<()>(&call("PutThing"), &parts, &body).unwrap_err().to_string().contains("Inner"));
}

#[test]
fn answers_are_exact() {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        status: u16,
        meta: Vec<Entry>,
        marks: Vec<&'static str>,
        since: u64,
        time: u64,
    }
    let answer = Answer {
        status: 202,
        meta: vec![entry("a", "1")],
        marks: vec!["x", "y, z"],
        since: 1_767_323_045_000,
        time: 1_767_323_045_250,
    };
    let response = encode(chest(), call("PutBox").operation, &answer, "req-1").unwrap();
    assert_eq!(response.status(), 202);
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-amzn-requestid", "req-1"),
        ("x-meta-a", "1"),
        ("x-marks", "x, \"y, z\""),
        ("x-since", "Fri, 02 Jan 2026 03:04:05 GMT"),
    ] {
        assert_eq!(response.headers()[name], value, "{name}");
    }
    assert_eq!(&response.body()[..], br#"{"Time":1767323045.250}"#);
    let nothing = encode(chest(), call("DeleteBox").operation, &(), "req-1").unwrap();
    assert_eq!((nothing.status().as_u16(), nothing.body().len()), (204, 0));
}

#[test]
fn errors_are_named_in_the_header() {
    let account = by_name("account").unwrap();
    let error = ErrorReply::new("ResourceNotFoundException", 404, "no");
    let response = encode_error(Some(account), &error, "req-1");
    assert_eq!((response.status().as_u16(), &response.body()[..]), (404, &br#"{"message":"no"}"#[..]));
    assert_eq!(response.headers()["x-amzn-errortype"], "ResourceNotFoundException");
    for (service, code) in [(account, "TooManyRequestsException"), (chest(), "SlowDown")] {
        let slow = ErrorReply::throttled(Some(service), 1);
        assert_eq!((&*slow.code, slow.status), (code, 429));
    }
    let denied = ErrorReply::denied(account, "no");
    assert_eq!((&*denied.code, denied.status), ("AccessDeniedException", 403));
    let unsigned = SignatureError::Missing.reply(Some(account));
    assert_eq!((&*unsigned.code, unsigned.status), ("MissingAuthenticationTokenException", 403));
}

/// Nothing but its path or its host says for whom such a request is, when it is not signed.
#[test]
fn what_is_not_signed_is_answered_in_its_own_form() {
    let by = |target: &str, host: &str| {
        let (parts, body) = sent(http::Request::post(target).header("host", host), b"{}");
        crate::service(&parts, &body).map(|service| (service.name(), service.protocol()))
    };
    let expected = ("account", Protocol::RestJson);
    assert_eq!(by("/listRegions", "localhost").unwrap(), expected);
    assert_eq!(by("/", "account.us-east-1.localhost:4566").unwrap(), expected);
    assert!(by("/listBoxes", "localhost").is_err());
}

#[test]
fn routes_that_lead_nowhere_are_named() {
    let (parts, body) = sent(
        http::Request::post("/enableRegion").header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AK/20260102/us-east-1/account/aws4_request",
        ),
        b"{}",
    );
    assert_eq!(identify(&parts, &body).map(|_| ()), Err(WireError::Unserved("EnableRegion".into())));
    let (lookup, _) = chest().route(&http::Method::GET, "/boxes", "").unwrap();
    assert!(matches!(lookup, crate::model::Lookup::Unmodelled("ListBoxes")));
}
