//! Signed requests that were changed on the way, as bytes.

use super::door::{Door, bytes, door, now};
use controlplane_types::Timestamp;
use http::request::Parts;
use serde_json::{Value, json};

/// Minutes a signature is good for, either way.
const SKEW_MINUTES: u64 = 5;

fn create(door: &Door) -> (Parts, Vec<u8>) {
    door.signed("ec2", "CreateVpc", &json!({"CidrBlock": "10.99.0.0/16"}))
}

fn vpcs(door: &Door) -> usize {
    let (parts, body) = door.signed("ec2", "DescribeVpcs", &Value::Null);
    let answers = door.answers(&bytes(&parts, &body, "Connection: close\r\n"));
    answers[0].1.matches("<vpcId>").count()
}

/// What the door answers to a text that began as a request in order.
fn tampered(door: &Door, tamper: impl Fn(String) -> String) -> Vec<u16> {
    let (parts, body) = create(door);
    let text = String::from_utf8(bytes(&parts, &body, "Connection: close\r\n")).unwrap();
    door.statuses(tamper(text).as_bytes())
}

/// One change: what it is, what is found, what stands there instead.
const CHANGES: &[(&str, &str, &str)] = &[
    ("another target", "POST / ", "POST /x "),
    ("a path encoded twice", "POST / ", "POST /%252e "),
    ("a path that normalises to the signed one", "POST / ", "POST /%2e "),
    ("a path with dots", "POST / ", "POST /x/.. "),
    ("two slashes", "POST / ", "POST // "),
    ("an absolute target on another host", "POST / ", "POST http://evil/ "),
    ("an absolute target with a user", "POST / ", "POST http://evil@localhost/ "),
    ("a query", "POST / ", "POST /?Action=DescribeVpcs "),
    ("another method", "POST / ", "PUT / "),
    ("a method in odd case", "POST / ", "Post / "),
    ("another host", "host: 127.0.0.1", "host: localhost"),
    ("a target header", "\r\n\r\n", "\r\nX-Amz-Target: AmazonEC2.DeleteVpc\r\n\r\n"),
    ("a token", "\r\n\r\n", "\r\nX-Amz-Security-Token: t\r\n\r\n"),
    ("a second date", "\r\n\r\n", "\r\nx-amz-date: 20260101T000000Z\r\n\r\n"),
    ("a claimed hash", "\r\n\r\n", "\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n\r\n"),
    ("a streamed hash", "\r\n\r\n", "\r\nX-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\n\r\n"),
    ("a second authorization", "\r\n\r\n", "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=x\r\n\r\n"),
    ("another kind of body", "application/x-www-form-urlencoded", "application/json"),
    ("another body", "10.99.0.0%2F16", "10.98.0.0%2F16"),
    ("another scheme", "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
    ("another region", "/us-east-1/", "/eu-west-1/"),
    ("another service", "/ec2/aws4", "/sts/aws4"),
    ("a service there is not", "/ec2/aws4", "/s3/aws4"),
    ("host not signed", "content-type;host;", "content-type;"),
    ("the kind of body not signed and another", "content-type;host", "host"),
    ("a bearer token", "AWS4-HMAC-SHA256 Credential", "Bearer Credential"),
];

#[test]
fn nothing_is_done_for_a_signature_that_is_almost_right() {
    let door = door();
    let before = vpcs(&door);
    for (name, from, to) in CHANGES {
        let statuses = tampered(&door, |text| {
            assert!(text.contains(from), "{name}: {text}");
            text.replacen(from, to, 1)
        });
        let refused = |status: &u16| [400, 401, 403, 404].contains(status);
        assert!(matches!(&statuses[..], [status] if refused(status)), "{name}: {statuses:?}");
    }
    assert_eq!(vpcs(&door), before, "a refused request changed something");
}

#[test]
fn what_a_connection_header_names_stays_signed() {
    let door = door();
    for named in ["authorization", "x-amz-date", "host"] {
        let (parts, body) = door.signed("sts", "GetCallerIdentity", &Value::Null);
        let sent = bytes(&parts, &body, &format!("Connection: close, {named}\r\n"));
        assert_eq!(door.statuses(&sent), [200], "{named}");
    }
}

#[test]
fn a_request_may_be_signed_minutes_ago_and_no_longer() {
    let door = door();
    let minute = 60_000;
    for (off_by, passes) in [(0, true), (SKEW_MINUTES - 1, true), (SKEW_MINUTES + 1, false), (24 * 60, false)]
    {
        for at in [now().0 - off_by * minute, now().0 + off_by * minute] {
            let (parts, body) = door.signed_at("sts", "GetCallerIdentity", &Value::Null, Timestamp(at));
            let answers = door.answers(&bytes(&parts, &body, "Connection: close\r\n"));
            assert_eq!(answers[0].0 == 200, passes, "{off_by} minutes: {answers:?}");
        }
    }
}

/// A signature in the query string is refused whole, in order or not, fresh or expired: see `controlplane/wire/src/sigv4`.
#[test]
fn presigned_requests_are_refused() {
    let door = door();
    let (parts, body) = create(&door);
    let form = String::from_utf8(body).unwrap();
    let date = parts.headers["x-amz-date"].to_str().unwrap();
    let day = &date[..8];
    for expires in ["60", "604800", "604801", "0", "-1", "x"] {
        let query = format!(
            "{form}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F{day}%2Fus-east-1%2Fec2%2Faws4_request&X-Amz-Date={date}\
             &X-Amz-Expires={expires}&X-Amz-SignedHeaders=host&X-Amz-Signature={}",
            "0".repeat(64)
        );
        let sent = format!("GET /?{query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answers = door.answers(sent.as_bytes());
        assert!(matches!(&answers[..], [(400..=403, _)]), "{expires}: {answers:?}");
    }
}
