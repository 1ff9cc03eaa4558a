//! The canonical request and the string to sign.

use super::authorization::Scope;
use super::{ALGORITHM, SignatureError};
use crate::text::{form_decode, pairs, percent_encode};
use aws_lc_rs::{digest, hmac};
use http::header::HOST;
use http::request::Parts;
use std::borrow::Cow;
use std::fmt::Write;

/// Method, path, query, headers and body in the one spelling both sides agree on.
pub(super) fn request(
    parts: &Parts,
    signed_headers: &[String],
    payload_hash: &str,
) -> Result<String, SignatureError> {
    let mut text = format!(
        "{}\n{}\n{}\n",
        parts.method,
        path(parts.uri.path()),
        query(parts.uri.query().unwrap_or_default())?
    );
    for name in signed_headers {
        let _ = writeln!(text, "{name}:{}", header(parts, name)?);
    }
    let _ = write!(text, "\n{}\n{payload_hash}", signed_headers.join(";"));
    Ok(text)
}

/// What the signature is made over.
pub(super) fn string_to_sign(date: &str, scope: &Scope, canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{date}\n{}\n{}", scope.suffix(), sha256(canonical_request.as_bytes()))
}

/// The key of one day, region and service.
pub(super) fn signing_key(secret: &str, scope: &Scope) -> hmac::Key {
    let first = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{secret}").as_bytes());
    [&scope.date, &scope.region, &scope.service, &scope.terminator].into_iter().fold(first, |key, part| {
        hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref())
    })
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The path normalised, then encoded once more, as all services but S3 have it.
pub(super) fn path(raw: &str) -> String {
    let mut text = String::new();
    percent_encode(&normal(raw), b"/", &mut text);
    text
}

/// Without empty, `.` and `..` segments; a trailing slash stays.
pub(super) fn normal(raw: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in raw.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let slash = if raw.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{slash}", kept.join("/"))
}

/// Pairs decoded, encoded strictly and sorted.
fn query(raw: &str) -> Result<String, SignatureError> {
    let encode = |text: &str| {
        let decoded = form_decode(text)
            .ok_or_else(|| SignatureError::Incomplete("broken percent escape".to_owned()))?;
        let mut encoded = String::new();
        percent_encode(&decoded, b"", &mut encoded);
        Ok(encoded)
    };
    let pairs = pairs(raw).map(|(key, value)| Ok((encode(key)?, encode(value)?)));
    let mut pairs = pairs.collect::<Result<Vec<_>, SignatureError>>()?;
    pairs.sort();
    Ok(pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&"))
}

/// All values of a header, each trimmed and with runs of spaces made one, joined by commas.
fn header(parts: &Parts, name: &str) -> Result<String, SignatureError> {
    let values: Vec<String> =
        match parts.headers.get_all(name).iter().map(|value| value.to_str().map(squeeze)).collect() {
            Ok(values) => values,
            Err(_) => return Err(SignatureError::Incomplete(format!("header {name} is not text"))),
        };
    match (values.is_empty(), authority(parts)) {
        (true, Some(authority)) if name == HOST.as_str() => Ok(authority.into_owned()),
        (true, _) => {
            Err(SignatureError::Incomplete(format!("the signed header {name} is not in the request")))
        }
        (false, _) => Ok(values.join(",")),
    }
}

/// HTTP/2 has the host in `:authority`, not in a header.
pub(super) fn authority(parts: &Parts) -> Option<Cow<'_, str>> {
    parts.uri.authority().map(|authority| Cow::Borrowed(authority.as_str()))
}

fn squeeze(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").trim().to_owned()
}
