//! One member at a time: the least request, and every request that differs from it in one value.

use super::least::written;
use super::values::values;
use bytes::Bytes;
use controlplane_wire::model::{Operation, Service};
use http::request::Parts;

/// A request, and what is special about it.
pub(super) struct Case {
    pub(super) what: String,
    pub(super) parts: Parts,
    pub(super) body: Bytes,
}

/// The table of an action.
pub(super) fn cases(service: &'static Service, operation: &'static Operation) -> impl Iterator<Item = Case> {
    values(service, operation.input).into_iter().filter_map(move |(what, input)| {
        let (parts, body) = written(service, operation, &input)?;
        Some(Case { what, parts, body })
    })
}
