//! One member at a time: the least request, and every request that differs from it in one value.

use super::values::values;
use controlplane_wire::client;
use controlplane_wire::model::{Operation, Service};
use bytes::Bytes;
use http::request::Parts;

/// A request, and what is special about it.
pub(super) struct Case {
    pub(super) what: String,
    pub(super) parts: Parts,
    pub(super) body: Bytes,
}

/// The table of an action. What a request cannot carry (a line break in a header, an empty part of a path) is left out.
pub(super) fn cases(service: &'static Service, operation: &'static Operation) -> impl Iterator<Item = Case> {
    values(service, operation.input).into_iter().filter_map(move |(what, input)| {
        let request = client::request(service, operation, &input).ok()?;
        let (mut parts, body) = request.into_parts();
        parts.headers.insert(http::header::HOST, http::HeaderValue::from_static("localhost:4566"));
        Some(Case { what, parts, body })
    })
}
