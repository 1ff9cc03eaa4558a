//! Every way we know to get past a signature check, as a table.

use super::tests::{BODY, check, now, signed_at};
use crate::model::by_name;
use http::header::AUTHORIZATION;
use http::request::Parts;

pub(super) fn set(parts: &mut Parts, name: &'static str, value: &str) {
    parts.headers.insert(name, value.parse().unwrap());
}

/// Replaces text in the `Authorization` header.
pub(super) fn edit(parts: &mut Parts, from: &str, to: &str) {
    let header = parts.headers[AUTHORIZATION].to_str().unwrap().to_owned();
    assert!(header.contains(from), "{header}");
    set(parts, "authorization", &header.replacen(from, to, 1));
}

/// A change to a request that must make it fail.
type Tamper = fn(&mut Parts);

/// Each attack with AWS's code in EC2 and in the query services.
const ATTACKS: &[(&str, Tamper, &str, &str)] = &[
    (
        "unsigned",
        |p| drop(p.headers.remove(AUTHORIZATION)),
        "MissingAuthenticationToken",
        "MissingAuthenticationToken",
    ),
    ("empty header", |p| set(p, "authorization", ""), "IncompleteSignature", "IncompleteSignature"),
    (
        "other scheme",
        |p| set(p, "authorization", "Basic QUtJRDp4"),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    (
        "older version",
        |p| edit(p, "AWS4-HMAC-SHA256", "AWS3-HMAC-SHA256"),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    (
        "algorithm in lower case",
        |p| edit(p, "AWS4-HMAC-SHA256", "aws4-hmac-sha256"),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    (
        "no credential",
        |p| edit(p, "Credential=", "Kredential="),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    ("short credential", |p| edit(p, "/us-east-1", ""), "IncompleteSignature", "IncompleteSignature"),
    (
        "no signature",
        |p| edit(p, ", Signature=", ", Signatur="),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    ("truncated", |p| truncate(p, 1), "IncompleteSignature", "IncompleteSignature"),
    ("truncated by a byte", |p| truncate(p, 2), "IncompleteSignature", "IncompleteSignature"),
    ("signature in upper case", |p| upper(p), "IncompleteSignature", "IncompleteSignature"),
    ("wrong signature", |p| wrong(p), "AuthFailure", "SignatureDoesNotMatch"),
    (
        "field twice",
        |p| edit(p, "SignedHeaders=", "Signature=00, SignedHeaders="),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    ("header twice", |p| double(p, "authorization"), "IncompleteSignature", "IncompleteSignature"),
    ("date twice", |p| double(p, "x-amz-date"), "IncompleteSignature", "IncompleteSignature"),
    ("host twice", |p| double(p, "host"), "IncompleteSignature", "IncompleteSignature"),
    ("no date", |p| drop(p.headers.remove("x-amz-date")), "IncompleteSignature", "IncompleteSignature"),
    ("malformed date", |p| set(p, "x-amz-date", "2026-01-02"), "IncompleteSignature", "IncompleteSignature"),
    ("other time", |p| set(p, "x-amz-date", "20260102T030406Z"), "AuthFailure", "SignatureDoesNotMatch"),
    ("other scope date", |p| edit(p, "/20260102/", "/20260101/"), "AuthFailure", "SignatureDoesNotMatch"),
    ("other region", |p| edit(p, "/us-east-1/", "/eu-west-1/"), "AuthFailure", "SignatureDoesNotMatch"),
    (
        "other terminator",
        |p| edit(p, "/aws4_request", "/aws5_request"),
        "AuthFailure",
        "SignatureDoesNotMatch",
    ),
    ("other key", |p| edit(p, "AKIDEXAMPLE", "AKIDUNKNOWN"), "AuthFailure", "InvalidClientTokenId"),
    (
        "signature also in the query",
        |p| target(p, "/?X-Amz-Signature=00"),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    (
        "query key in odd case",
        |p| target(p, "/?x-AMZ-%53ignature=00"),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    (
        "older credentials in the query",
        |p| target(p, "/?AWSAccessKeyId=AKIDEXAMPLE"),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    ("added query", |p| target(p, "/?Action=DeleteVpc"), "AuthFailure", "SignatureDoesNotMatch"),
    ("other path", |p| target(p, "/x"), "AuthFailure", "SignatureDoesNotMatch"),
    (
        "path that normalises to the signed one",
        |p| target(p, "/x/../"),
        "AuthFailure",
        "SignatureDoesNotMatch",
    ),
    ("double slash", |p| target(p, "//"), "AuthFailure", "SignatureDoesNotMatch"),
    ("other method", |p| p.method = http::Method::PUT, "AuthFailure", "SignatureDoesNotMatch"),
    ("other host", |p| set(p, "host", "evil:4566"), "AuthFailure", "SignatureDoesNotMatch"),
    ("other port", |p| set(p, "host", "localhost:80"), "AuthFailure", "SignatureDoesNotMatch"),
    ("host not signed", |p| edit(p, "host;", ""), "AuthFailure", "SignatureDoesNotMatch"),
    ("date not signed", |p| edit(p, ";x-amz-date", ""), "AuthFailure", "SignatureDoesNotMatch"),
    ("added token", |p| set(p, "x-amz-security-token", "t"), "AuthFailure", "SignatureDoesNotMatch"),
    ("added target", |p| set(p, "x-amz-target", "t"), "AuthFailure", "SignatureDoesNotMatch"),
    (
        "signed header that is absent",
        |p| edit(p, "host;", "content-md5;host;"),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    (
        "signed headers unsorted",
        |p| edit(p, "host;x-amz-date", "x-amz-date;host"),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    (
        "signed headers repeated",
        |p| edit(p, "host;", "host;host;"),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
    (
        "signed headers in upper case",
        |p| edit(p, "host;", "HOST;"),
        "IncompleteSignature",
        "IncompleteSignature",
    ),
];

fn truncate(parts: &mut Parts, by: usize) {
    let header = parts.headers[AUTHORIZATION].to_str().unwrap().to_owned();
    set(parts, "authorization", &header[..header.len() - by]);
}

fn upper(parts: &mut Parts) {
    let header = parts.headers[AUTHORIZATION].to_str().unwrap().to_owned();
    let (head, signature) = header.split_at(header.len() - 64);
    set(parts, "authorization", &format!("{head}{}", signature.to_uppercase()));
}

fn wrong(parts: &mut Parts) {
    let header = parts.headers[AUTHORIZATION].to_str().unwrap().to_owned();
    let (head, last) = header.split_at(header.len() - 1);
    set(parts, "authorization", &format!("{head}{}", if last == "0" { "1" } else { "0" }));
}

fn double(parts: &mut Parts, name: &'static str) {
    let value = parts.headers[name].clone();
    parts.headers.append(name, value);
}

pub(super) fn target(parts: &mut Parts, target: &str) {
    parts.uri = target.parse().unwrap();
}

#[test]
fn no_attack_passes() {
    for (name, tamper, ec2, query) in ATTACKS {
        for (service, code) in [("ec2", ec2), ("sts", query), ("autoscaling", query), ("route53", query)] {
            let mut parts = signed_at(now(), "us-east-1", service);
            check(&parts, BODY).unwrap_or_else(|error| panic!("{service}, untouched: {error}"));
            tamper(&mut parts);
            let error = check(&parts, BODY).expect_err(name);
            let reply = error.reply(by_name(service));
            assert_eq!(reply.code, *code, "{name} at {service}: {error}");
            let status = match *code {
                "IncompleteSignature" => 400,
                "AuthFailure" => 401,
                _ => 403,
            };
            assert_eq!(reply.status, status, "{name} at {service}");
        }
    }
}
