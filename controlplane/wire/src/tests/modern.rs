//! JSON and CBOR: exact documents, and what must not pass.

use crate::call::Call;
use crate::model::{Protocol, by_name, in_cbor, load};
use crate::{ErrorReply, WireError, decode, encode, encode_error, identify};
use bytes::Bytes;
use http::request::{Builder, Parts};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct TagResources {
    #[serde(rename = "ResourceARNList")]
    resource_arn_list: Vec<String>,
    tags: Vec<Entry<String>>,
}

#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
struct Entry<V> {
    key: String,
    value: V,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagResourcesOutput {
    failed_resources_map: Vec<Entry<Failure>>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    status_code: u16,
    error_message: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct LookupEvents {
    start_time: Option<u64>,
    max_results: Option<u16>,
}

fn scope(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AK/20260102/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=00"
    )
}

fn json(operation: &str) -> Builder {
    http::Request::post("/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("ResourceGroupsTaggingAPI_20170126.{operation}"))
        .header("authorization", scope("tagging"))
}

fn cbor(path: &str) -> Builder {
    http::Request::post(path)
        .header("content-type", "application/cbor")
        .header("smithy-protocol", "rpc-v2-cbor")
        .header("authorization", scope("tagging"))
}

fn sent(request: Builder, body: &[u8]) -> (Parts, Bytes) {
    request.body(Bytes::copy_from_slice(body)).unwrap().into_parts()
}

fn tagged(request: Builder, body: &[u8]) -> Result<TagResources, WireError> {
    let (parts, body) = sent(request, body);
    decode(&identify(&parts, &body)?, &parts, &body)
}

const PATH: &str = "/service/ResourceGroupsTaggingAPI_20170126/operation/TagResources";

#[test]
fn both_say_the_same() {
    let in_json = br#" {"ResourceARNList": ["arn:1"], "Tags": {"a": "1", "\u00e4": ""}} "#;
    let expected = TagResources {
        resource_arn_list: vec!["arn:1".into()],
        tags: [("a", "1"), ("ä", "")]
            .map(|(key, value)| Entry { key: key.into(), value: value.into() })
            .into(),
    };
    assert_eq!(tagged(json("TagResources"), in_json).unwrap(), expected);
    // A list with a length, a map without, a text in two pieces.
    let in_cbor =
        b"\xa2\x6fResourceARNList\x81\x7f\x64arn:\x611\xff\x64Tags\xbf\x61a\x611\x62\xc3\xa4\x60\xff";
    assert_eq!(tagged(cbor(PATH), in_cbor).unwrap(), expected);
}

#[test]
fn answers_are_exact() {
    let output = TagResourcesOutput {
        failed_resources_map: vec![
            Entry { key: "arn:\"1\"".into(), value: Failure { status_code: 404, error_message: None } },
            Entry {
                key: "arn:2".into(),
                value: Failure { status_code: 400, error_message: Some("ü".into()) },
            },
        ],
    };
    let call = super::call("tag", "TagResources");
    let response = encode(call.service, call.operation, &output, "req-1").unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.1");
    assert_eq!(response.headers()["x-amzn-requestid"], "req-1");
    let expected = r#"{"FailedResourcesMap":{"arn:\"1\"":{"StatusCode":404},"arn:2":{"StatusCode":400,"ErrorMessage":"ü"}}}"#;
    assert_eq!(std::str::from_utf8(response.body()).unwrap(), expected);
    let twin = in_cbor(call.service).unwrap();
    let response = encode(twin, twin.operation("TagResources").unwrap(), &output, "req-1").unwrap();
    assert_eq!(response.headers()["smithy-protocol"], "rpc-v2-cbor");
    let expected = b"\xbf\x72FailedResourcesMap\xbf\x67arn:\"1\"\xbf\x6aStatusCode\x19\x01\x94\xff\x65arn:2\
        \xbf\x6aStatusCode\x19\x01\x90\x6cErrorMessage\x62\xc3\xbc\xff\xff\xff";
    assert_eq!(&response.body()[..], expected);
}

#[test]
fn errors_are_named_in_body_and_header() {
    let error = ErrorReply::new("InvalidParameterException", 400, "no");
    let service = by_name("tag").unwrap();
    let response = encode_error(Some(service), &error, "req-1");
    assert_eq!(response.headers()["x-amzn-errortype"], "InvalidParameterException");
    let expected = r#"{"__type":"InvalidParameterException","message":"no"}"#;
    assert_eq!(std::str::from_utf8(response.body()).unwrap(), expected);
    let response = encode_error(in_cbor(service), &error, "req-1");
    assert_eq!(&response.body()[..], b"\xbf\x66__type\x78\x19InvalidParameterException\x67message\x62no\xff");
    assert!(!response.headers().contains_key("x-amzn-query-error"));
}

/// A service that was spoken as a query before: its clients still look for the codes it had then.
#[test]
fn former_query_services_name_their_old_codes() {
    let model = r#"{"apiVersion": "2012-11-05", "endpointPrefix": "sqs", "jsonVersion": "1.0",
        "targetPrefix": "AmazonSQS", "protocol": "json", "queryCompatible": true, "signingName": "sqs",
        "operations": {}, "others": {}, "shapes": {},
        "errors": {"QueueDoesNotExist": {"code": "AWS.SimpleQueueService.NonExistentQueue", "status": 400}}}"#;
    let (service, in_cbor) = load("sqs", model, r#"{"neutral": {}}"#).unwrap();
    assert!(in_cbor.is_none());
    let error = ErrorReply::new("AWS.SimpleQueueService.NonExistentQueue", 400, "no");
    let response = encode_error(Some(&service), &error, "req-1");
    assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.0");
    assert_eq!(response.headers()["x-amzn-errortype"], "QueueDoesNotExist");
    let old = "AWS.SimpleQueueService.NonExistentQueue;Sender";
    assert_eq!(response.headers()["x-amzn-query-error"], old);
    let expected = r#"{"__type":"QueueDoesNotExist","message":"no"}"#;
    assert_eq!(std::str::from_utf8(response.body()).unwrap(), expected);
}

#[test]
fn times_have_fractions() {
    let read = |document: &str| {
        let request = http::Request::post("/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "CloudTrail_20131101.LookupEvents")
            .header("authorization", scope("cloudtrail"));
        let (parts, body) = sent(request, document.as_bytes());
        decode::<LookupEvents>(&identify(&parts, &body)?, &parts, &body).map(|input| input.start_time)
    };
    for (document, millis) in [
        (r#"{"StartTime": 1767323045}"#, Some(1_767_323_045_000)),
        (r#"{"StartTime": 1767323045.25}"#, Some(1_767_323_045_250)),
        (r#"{"StartTime": null}"#, None),
        ("{}", None),
        ("", None),
    ] {
        assert_eq!(read(document).unwrap(), millis, "{document}");
    }
    for document in [r#"{"StartTime": -1}"#, r#"{"StartTime": 1e300}"#, r#"{"StartTime": "soon"}"#] {
        assert!(read(document).is_err(), "{document}");
    }
}

fn code(result: Result<TagResources, WireError>) -> (String, String) {
    let reply = result.expect_err("it must not pass").reply(by_name("tag"));
    assert_eq!(reply.status, if reply.code == "RequestEntityTooLarge" { 413 } else { 400 });
    (reply.code, reply.message)
}

#[test]
fn documents_that_must_not_pass() {
    let good = r#""ResourceARNList":["a"],"Tags":{"a":"1"}"#;
    let deep = format!("{{\"ResourceARNList\":{}", "[".repeat(200));
    for (document, expected, message) in [
        (format!("{{{good},\"Colour\":1}}"), "ValidationException", "Colour"),
        (format!("{{{good},\"Tags\":{{}}}}"), "ValidationException", "more than once"),
        (r#"{"ResourceARNList":["a"],"Tags":{"a":"1","a":"2"}}"#.into(), "ValidationException", "Tags.a"),
        (r#"{"ResourceARNList":["a"]}"#.into(), "ValidationException", "tags"),
        (r#"{"ResourceARNList":[],"Tags":{"a":"1"}}"#.into(), "ValidationException", "length"),
        (r#"{"ResourceARNList":[null],"Tags":{"a":"1"}}"#.into(), "SerializationException", "nothing"),
        (r#"{"ResourceARNList":["a"],"Tags":{"a":null}}"#.into(), "ValidationException", "value"),
        (
            r#"{"ResourceARNList":"a","Tags":{"a":"1"}}"#.into(),
            "SerializationException",
            "a list and is a text",
        ),
        (r#"{"ResourceARNList":[1],"Tags":{"a":"1"}}"#.into(), "SerializationException", "ResourceARNList.1"),
        (r#"{"ResourceARNList":["a"],"Tags":[]}"#.into(), "SerializationException", "a map and is a list"),
        (r#"{"ResourceARNList":[{}],"Tags":{"a":"1"}}"#.into(), "SerializationException", "a structure"),
        (format!("{{{good}}} {{}}"), "SerializationException", "JSON"),
        (format!("{{{good}"), "SerializationException", "JSON"),
        ("[]".into(), "SerializationException", "the document"),
        ("null".into(), "SerializationException", "the document"),
        (deep, "SerializationException", "ResourceARNList.1"),
    ] {
        let (found, text) = code(tagged(json("TagResources"), document.as_bytes()));
        assert!(found == expected && text.contains(message), "{document}: {found}: {text}");
    }
}

#[test]
fn binaries_that_must_not_pass() {
    let with = |document: &[u8]| code(tagged(cbor(PATH), document));
    for (document, expected, message) in [
        (&b"\xa1\x66Colour\x01"[..], "ValidationException", "Colour"),
        (b"\xa2\x64Tags\xa0\x64Tags\xa0", "ValidationException", "more than once"),
        (b"\xa1\x64Tags\x81\x01", "SerializationException", "a map and is a list"),
        (b"\xa1\x6fResourceARNList\x81\x01", "SerializationException", "a text and is a number"),
        (b"\xa1\x6fResourceARNList\x81\xc1\x01", "SerializationException", "a timestamp"),
        (b"\xa1\x6fResourceARNList\x81\xc2\x41\x01", "SerializationException", "tag 2"),
        (b"\xa1\x01\x01", "SerializationException", "name"),
        (b"\xbf\x64Tags", "SerializationException", "CBOR"),
        (b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", "SerializationException", "the document"),
        (b"\xa0\xa0", "SerializationException", "after the document"),
    ] {
        let (found, text) = with(document);
        assert!(found == expected && text.contains(message), "{document:x?}: {found}: {text}");
    }
}

#[test]
fn requests_that_mean_two_things_are_refused() {
    let body = br#"{"ResourceARNList":["a"],"Tags":{"a":"1"}}"#;
    let target = "ResourceGroupsTaggingAPI_20170126.TagResources";
    let plain = || http::Request::post("/").header("authorization", scope("tagging"));
    let typed = || plain().header("content-type", "application/x-amz-json-1.1");
    let cases = [
        ("no target", typed(), "UnknownOperationException"),
        ("two targets", json("TagResources").header("x-amz-target", target), "UnknownOperationException"),
        (
            "another's target",
            typed().header("x-amz-target", "DynamoDB_20120810.ListTables"),
            "UnknownOperationException",
        ),
        ("no such operation", json("ListTables"), "UnknownOperationException"),
        ("one we do not serve", json("StartReportCreation"), "UnsupportedOperationException"),
        ("no type", plain().header("x-amz-target", target), "SerializationException"),
        ("a query", json("TagResources").uri("/?a=b"), "SerializationException"),
        ("a path", json("TagResources").uri("/a"), "SerializationException"),
        ("a GET", json("TagResources").method("GET"), "SerializationException"),
        ("CBOR with a target", cbor(PATH).header("x-amz-target", target), "SerializationException"),
        (
            "CBOR to another's path",
            cbor("/service/DynamoDB/operation/TagResources"),
            "UnknownOperationException",
        ),
        ("CBOR to no path", cbor("/"), "UnknownOperationException"),
        ("CBOR by GET", cbor(PATH).method("GET"), "SerializationException"),
    ];
    for (what, request, expected) in cases {
        let (parts, body) = sent(request, body);
        let error = identify(&parts, &body).map(|_| ()).expect_err(what);
        assert_eq!(error.reply(by_name("tag")).code, expected, "{what}: {error}");
    }
}

#[test]
fn what_is_not_signed_is_answered_in_its_own_form() {
    let unsigned = |mut parts: Parts| {
        parts.headers.remove("authorization");
        crate::service(&parts, b"").unwrap().protocol()
    };
    assert_eq!(unsigned(sent(json("TagResources"), b"").0), Protocol::Json11);
    assert_eq!(unsigned(sent(cbor(PATH), b"").0), Protocol::Cbor);
    let (parts, _) = sent(cbor(PATH), b"");
    let call: Call = identify(&parts, b"").unwrap();
    assert_eq!((call.service.protocol(), &*call.operation.name), (Protocol::Cbor, "TagResources"));
}
