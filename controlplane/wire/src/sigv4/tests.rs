//! Published vectors, and what a signature does and does not cover.

use super::attacks::{edit, set, target};
use super::{Credentials, Expected, MAX_SKEW, SignatureError, canonical, credential_scope, sign, verify};
use crate::model::by_name;
use controlplane_types::Timestamp;
use http::HeaderValue;
use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(super) const BODY: &[u8] = b"Action=DescribeVpcs&Version=2016-11-15";

fn credentials() -> Credentials {
    Credentials { access_key_id: "AKIDEXAMPLE".into(), secret_access_key: SECRET.into(), session_token: None }
}

pub(super) fn secret(key: &str) -> Option<String> {
    (key == "AKIDEXAMPLE").then(|| SECRET.to_owned())
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_iso8601(text).unwrap()
}

pub(super) fn now() -> Timestamp {
    at("2026-01-02T03:04:05Z")
}

pub(super) fn request(method: &str, target: &str) -> Parts {
    let request = http::Request::builder().method(method).uri(target).header("host", "localhost:4566");
    request.body(()).unwrap().into_parts().0
}

pub(super) fn signed_at(time: Timestamp, region: &str, service: &str) -> Parts {
    let mut parts = request("POST", "/");
    sign(&mut parts, BODY, &credentials(), region, service, time).unwrap();
    parts
}

pub(super) fn check(parts: &Parts, body: &[u8]) -> Result<super::Verified, SignatureError> {
    verify(parts, body, &Expected { now: now(), serves: &|region| region == "us-east-1", secret: &secret })
}

/// Signatures of AWS's test suite, and of botocore for what the suite lacks.
#[test]
fn signatures_equal_the_published_ones() {
    let cases = [
        ("GET", "/", "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            "",
            "",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        ("POST", "/", "", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("GET", "/example/..", "", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("GET", "//example//", "", "", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
        ("GET", "/./example", "", "", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
        (
            "GET",
            "/example%20space/",
            "",
            "",
            "446b817944c553435b35e813c261ff4e161fff982d1bacdef1c87f6785dd1662",
        ),
        (
            "GET",
            "/?%E1%88%B4=bar",
            "",
            "",
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
        ),
        (
            "POST",
            "/",
            "application/x-www-form-urlencoded",
            "Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ];
    for (method, target, content_type, body, signature) in cases {
        let mut parts = request(method, target);
        parts.headers.insert(HOST, HeaderValue::from_static("example.amazonaws.com"));
        if !content_type.is_empty() {
            parts.headers.insert("content-type", HeaderValue::from_static(content_type));
        }
        sign(&mut parts, body.as_bytes(), &credentials(), "us-east-1", "service", at("2015-08-30T12:36:00Z"))
            .unwrap();
        let header = parts.headers[AUTHORIZATION].to_str().unwrap();
        assert!(header.ends_with(&format!("Signature={signature}")), "{method} {target}: {header}");
    }
}

#[test]
fn header_values_are_squeezed_and_joined() {
    let mut parts = request("GET", "/");
    parts.headers.append("x-amz-a", HeaderValue::from_static("  one   two  "));
    parts.headers.append("x-amz-a", HeaderValue::from_static("three"));
    let text = canonical::request(&parts, &["x-amz-a".to_owned()], "hash").unwrap();
    assert_eq!(text, "GET\n/\n\nx-amz-a:one two,three\n\nx-amz-a\nhash");
}

#[test]
fn a_signed_request_passes_and_carries_its_token() {
    let mut parts = request("POST", "/");
    let temporary = Credentials { session_token: Some("token".into()), ..credentials() };
    sign(&mut parts, BODY, &temporary, "us-east-1", "ec2", now()).unwrap();
    let verified = check(&parts, BODY).unwrap();
    assert_eq!((verified.access_key_id.as_str(), verified.service.as_str()), ("AKIDEXAMPLE", "ec2"));
    assert_eq!(verified.session_token.as_deref(), Some("token"));
    assert_eq!(verified.signed_headers, ["host", "x-amz-date", "x-amz-security-token"]);
    assert_eq!(credential_scope(&parts).unwrap().region, "us-east-1");
}

#[test]
fn http2_has_its_host_in_the_target() {
    let mut parts = request("POST", "http://localhost:4566/");
    parts.headers.remove(HOST);
    sign(&mut parts, BODY, &credentials(), "us-east-1", "ec2", now()).unwrap();
    check(&parts, BODY).unwrap();
    parts.uri = "http://localhost:4567/".parse().unwrap();
    assert_eq!(check(&parts, BODY), Err(SignatureError::Mismatch));
}

#[test]
fn a_request_for_one_service_is_none_for_another() {
    for (from, to) in [("ec2", "sts"), ("sts", "ec2"), ("ec2", "s3")] {
        let mut parts = signed_at(now(), "us-east-1", from);
        edit(&mut parts, &format!("/{from}/"), &format!("/{to}/"));
        assert!(check(&parts, BODY).is_err(), "{from} as {to}");
    }
    let foreign = signed_at(now(), "us-east-1", "s3");
    assert!(matches!(check(&foreign, BODY), Err(SignatureError::Scope(_))));
}

#[test]
fn only_services_without_regions_may_be_signed_for_the_global_one() {
    for (service, passes) in [("route53", true), ("sts", true), ("ec2", false), ("autoscaling", false)] {
        let parts = signed_at(now(), "us-east-1", service);
        let expected = Expected { now: now(), serves: &|region| region == "eu-central-1", secret: &secret };
        assert_eq!(verify(&parts, BODY, &expected).is_ok(), passes, "{service}");
    }
}

#[test]
fn the_clock_may_differ_by_exactly_the_documented_time() {
    let skew = MAX_SKEW.as_millis() as u64;
    let second = 1000;
    let cases = [
        (now().0 - skew, None),
        (now().0 + skew, None),
        (now().0 - skew - second, Some("RequestExpired")),
        (now().0 + skew + second, Some("RequestExpired")),
        (0, Some("RequestExpired")),
    ];
    for (time, code) in cases {
        let parts = signed_at(Timestamp(time), "us-east-1", "ec2");
        let found = check(&parts, BODY).err().map(|error| error.reply(by_name("ec2")).code);
        assert_eq!(found.as_deref(), code, "{time}");
    }
    // A fraction of a second on the server's side counts for nothing.
    let parts = signed_at(Timestamp(now().0 - skew), "us-east-1", "sts");
    let expected =
        Expected { now: Timestamp(now().0 + 999), serves: &|region| region == "us-east-1", secret: &secret };
    assert!(verify(&parts, BODY, &expected).is_ok());
    let parts = signed_at(Timestamp(now().0 - skew - second), "us-east-1", "sts");
    assert_eq!(check(&parts, BODY).unwrap_err().reply(by_name("sts")).code, "SignatureDoesNotMatch");
}

#[test]
fn the_body_is_always_hashed() {
    let parts = signed_at(now(), "us-east-1", "ec2");
    assert_eq!(check(&parts, b"Action=DeleteVpc"), Err(SignatureError::Mismatch));
    assert_eq!(check(&parts, b""), Err(SignatureError::Mismatch));
    let right = canonical::sha256(BODY);
    let wrong = canonical::sha256(b"x");
    for (claim, passes) in [
        (right.as_str(), true),
        (&wrong, false),
        (&right.to_uppercase(), false),
        ("UNSIGNED-PAYLOAD", false),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", false),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", false),
        ("", false),
    ] {
        let mut parts = request("POST", "/");
        set(&mut parts, "x-amz-content-sha256", claim);
        sign(&mut parts, BODY, &credentials(), "us-east-1", "ec2", now()).unwrap();
        assert_eq!(check(&parts, BODY).is_ok(), passes, "{claim}");
    }
}

/// Signed with the claimed hash in place of the real one, as S3 clients do for unsigned bodies.
#[test]
fn a_claimed_hash_is_never_used_for_the_real_one() {
    let mut parts = signed_at(now(), "us-east-1", "ec2");
    set(&mut parts, "x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    assert!(
        matches!(check(&parts, BODY), Err(SignatureError::Unsigned(name)) if name == "x-amz-content-sha256")
    );
}

#[test]
fn query_order_and_spelling_do_not_matter_but_content_does() {
    let mut parts = request("GET", "/?b=2&a=1%2f&c");
    sign(&mut parts, b"", &credentials(), "us-east-1", "ec2", now()).unwrap();
    for (same, passes) in [
        ("/?b=2&a=1%2f&c", true),
        ("/?c=&a=1%2F&b=2", true),
        ("/?a=1/&b=%32&c", true),
        ("/?a=1&b=2&c", false),
        ("/?a=1%2F&b=2&c&c", false),
        ("/?a=1%252F&b=2&c", false),
        ("/?A=1%2F&b=2&c", false),
    ] {
        target(&mut parts, same);
        assert_eq!(check(&parts, b"").is_ok(), passes, "{same}");
    }
}

#[test]
fn the_date_header_serves_where_there_is_no_other() {
    let mut parts = request("POST", "/");
    set(&mut parts, "date", "Fri, 02 Jan 2026 03:04:05 GMT");
    // Nothing but x-amz-date is ever signed by our own client, so this only proves what is reported.
    let header = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/ec2/aws4_request, SignedHeaders=date;host, \
                  Signature=0000000000000000000000000000000000000000000000000000000000000000";
    set(&mut parts, "authorization", header);
    assert_eq!(check(&parts, BODY), Err(SignatureError::Mismatch));
    set(&mut parts, "date", "Fri, 02 Jan 2026 03:14:05 GMT");
    assert!(matches!(check(&parts, BODY), Err(SignatureError::NotYetCurrent { .. })));
}
