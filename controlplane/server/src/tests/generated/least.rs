//! The least request of each action: what the model requires and no more.

use crate::registry::SERVICES;
use bytes::Bytes;
use controlplane_wire::client;
use controlplane_wire::model::{self, Kind, Operation, Service, ShapeId, TextRule};
use http::HeaderValue;
use http::header::HOST;
use http::request::Parts;
use serde_json::{Value, json};

/// Every action served, with the least request the model takes.
pub(in crate::tests) fn actions() -> impl Iterator<Item = (&'static Service, &'static str, Value)> {
    operations().map(|(service, operation)| (service, &*operation.name, least(service, operation.input)))
}

/// Every action served.
pub(super) fn operations() -> impl Iterator<Item = (&'static Service, &'static Operation)> {
    let modelled = SERVICES.iter().filter_map(|service| Some((model::by_name(service.name)?, service)));
    modelled.flat_map(|(wire, service)| {
        let entries = service.operations.iter();
        entries.map(move |entry| (wire, wire.operation(entry.name).expect("an action of the model")))
    })
}

/// A request as a client would send it, unsigned. There is none for what a request cannot carry: a line break in a header, an
/// empty part of a path, one that is dots and would be another path before it is signed.
pub(super) fn written(
    service: &'static Service,
    operation: &'static Operation,
    input: &Value,
) -> Option<(Parts, Bytes)> {
    let (mut parts, body) = client::request(service, operation, input).ok()?.into_parts();
    parts.headers.insert(HOST, HeaderValue::from_static("localhost:4566"));
    let is_dots = |part: &str| part == "." || part == "..";
    (!parts.uri.path().split('/').any(is_dots)).then_some((parts, body))
}

/// The members a shape requires, each with the first text or number that the model takes.
pub(in crate::tests) fn least(service: &Service, shape: ShapeId) -> Value {
    match &service.shape(shape).kind {
        Kind::Structure(structure) => {
            // An image is named besides: a form cannot hold a structure without any member.
            let is_needed = |name: &str, required: bool| required || name == "ImageId";
            let required =
                structure.members().iter().filter(|member| is_needed(&member.name, member.required));
            required.map(|member| (member.name.to_string(), item(service, member.shape))).collect()
        }
        Kind::List(list) => json!([item(service, list.member)]),
        Kind::Text(rule) => json!(rule.values().first().map_or_else(|| text(rule), AsRef::as_ref)),
        Kind::Blob(_) => json!([116, 101, 120, 116]),
        Kind::Boolean => json!(true),
        Kind::Integer(range) | Kind::Long(range) => json!(range.min.unwrap_or(1.0) as i64),
        Kind::Double(range) => json!(range.min.unwrap_or(1.0)),
        Kind::Timestamp(_) => json!(0),
    }
}

/// The first of some texts that a rule takes.
fn text(rule: &TextRule) -> &'static str {
    const TEXTS: [&str; 12] = [
        "10.0.0.0/16",
        "arn:aws:iam::123456789012:role/App",
        "AKIAAAAAAAAAAAAAAAAA",
        "text",
        "1",
        "v1",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "123456789012",
        "someone@example.com",
        "+1 555 0100",
        "11111111-2222-3333-4444-555555555555",
        "0123456789abcdef0123456789abcdef01234567",
    ];
    let length = |text: &str| {
        rule.length.min.is_none_or(|min| text.len() >= min)
            && rule.length.max.is_none_or(|max| text.len() <= max)
    };
    TEXTS.into_iter().find(|text| length(text) && rule.matches(text)).unwrap_or("text")
}

/// The least item of a list or member of a structure: a structure has one member at least, since a form cannot hold one
/// without any.
pub(super) fn item(service: &Service, shape: ShapeId) -> Value {
    let whole = least(service, shape);
    match &service.shape(shape).kind {
        Kind::Structure(structure) if whole == json!({}) => {
            let first = structure.members().iter().take(1);
            first.map(|member| (member.name.to_string(), least(service, member.shape))).collect()
        }
        _ => whole,
    }
}
