//! Policy documents on their way in and out.
//!
//! They are measured without their white space, as AWS does it, and measured first: what is too long is not read. In answers
//! they are percent-encoded; SDKs take that off again.

use crate::errors;
use crate::policy::{Document, Purpose};
use controlplane_services_kernel::ServiceError;
use std::fmt::Write as _;

/// A managed policy's limit.
pub(crate) const MANAGED: usize = 6_144;
/// A trust policy's limit.
pub(crate) const TRUST: usize = 2_048;

fn read(text: &str, purpose: Purpose) -> Result<Document, ServiceError> {
    Document::new(text.to_owned(), purpose).map_err(|error| errors::malformed(&error))
}

fn read_within(text: &str, purpose: Purpose, quota: &str, limit: usize) -> Result<Document, ServiceError> {
    if size(text) > limit {
        return Err(errors::quota(quota, limit));
    }
    read(text, purpose)
}

/// Reads a managed policy's document.
pub(crate) fn managed(text: &str) -> Result<Document, ServiceError> {
    read_within(text, Purpose::Identity, "PolicySize", MANAGED)
}

/// Reads a trust policy.
pub(crate) fn trust(text: &str) -> Result<Document, ServiceError> {
    read_within(text, Purpose::Trust, "ACLSizePerRole", TRUST)
}

/// Reads an inline policy, whose length counts together with others'.
pub(crate) fn inline(text: &str) -> Result<Document, ServiceError> {
    read(text, Purpose::Identity)
}

/// How long a document is.
pub(crate) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// As answers show it (RFC 3986).
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            // Writing to a String cannot fail.
            other => drop(write!(out, "%{other:02X}")),
        }
    }
    out
}
