//! Input types to HTTP requests, unsigned and without a host.

use super::form::FormSink;
use crate::call::{RPC_V2_CBOR, TARGET};
use crate::encode::EncodeError;
use crate::encode::beside::Beside;
use crate::encode::cbor::CborSink;
use crate::encode::emit::Emit;
use crate::encode::json::JsonSink;
use crate::encode::xml::XmlSink;
use crate::model::{Kind, Location, Member, Operation, Protocol, Service, Structure};
use crate::text::percent_encode;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request};
use serde::Serialize;

/// Writes an Input as a request to path and query; the caller adds host and signature.
pub fn request<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    input: &T,
) -> Result<Request<Bytes>, EncodeError> {
    match service.protocol() {
        Protocol::Ec2Query | Protocol::Query => form(service, operation, input),
        Protocol::RestXml => rest_xml(service, operation, input),
        Protocol::RestJson => rest_json(service, operation, input),
        Protocol::Json10 => json(service, operation, input, "application/x-amz-json-1.0"),
        Protocol::Json11 => json(service, operation, input, "application/x-amz-json-1.1"),
        Protocol::Cbor => cbor(service, operation, input),
    }
}

fn json<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    input: &T,
    content_type: &'static str,
) -> Result<Request<Bytes>, EncodeError> {
    let mut sink = JsonSink::new();
    input.serialize(Emit::root(service, service.shape(operation.input), &mut sink))?;
    let mut request = build(Method::POST, "/", Some(content_type), sink.finish())?;
    let target = format!("{}.{}", service.target_prefix(), operation.name);
    let target = HeaderValue::try_from(target).map_err(|error| EncodeError(error.to_string()))?;
    request.headers_mut().insert(TARGET, target);
    Ok(request)
}

fn cbor<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    input: &T,
) -> Result<Request<Bytes>, EncodeError> {
    let mut sink = CborSink::new();
    input.serialize(Emit::root(service, service.shape(operation.input), &mut sink))?;
    let path = format!("/service/{}/operation/{}", service.target_prefix(), operation.name);
    let mut request = build(Method::POST, &path, Some("application/cbor"), sink.finish())?;
    request.headers_mut().insert("smithy-protocol", HeaderValue::from_static(RPC_V2_CBOR));
    Ok(request)
}

fn form<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    input: &T,
) -> Result<Request<Bytes>, EncodeError> {
    let mut sink = FormSink::new(service.protocol(), &operation.name, service.api_version());
    input.serialize(Emit::root(service, service.shape(operation.input), &mut sink))?;
    let content_type = "application/x-www-form-urlencoded; charset=utf-8";
    build(Method::POST, "/", Some(content_type), sink.out.into_bytes())
}

fn rest_json<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    input: &T,
) -> Result<Request<Bytes>, EncodeError> {
    let mut sink = JsonSink::new();
    let shape = service.shape(operation.input);
    input.serialize(Emit::root(service, shape, &mut sink))?;
    let (body, beside) = sink.into_parts();
    let structure = shape.structure();
    let payload = structure.and_then(|structure| Some(structure.member(structure.payload()?)));
    let (content_type, body) = match payload.map(|member| &service.shape(member.shape).kind) {
        None if !structure.is_some_and(Structure::has_body) => (None, Vec::new()),
        None | Some(Kind::Structure(_)) => (Some("application/json"), body),
        Some(Kind::Text(_)) => (Some("text/plain"), body),
        Some(_) => (Some("application/octet-stream"), body),
    };
    rest(operation, beside, content_type.filter(|_| !body.is_empty()), body)
}

fn rest_xml<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    input: &T,
) -> Result<Request<Bytes>, EncodeError> {
    let mut sink = XmlSink::default();
    if let Some(root) = &operation.input_name {
        sink.start_in(root, service.namespace());
    }
    input.serialize(Emit::root(service, service.shape(operation.input), &mut sink))?;
    if let Some(root) = &operation.input_name {
        sink.end(root);
    }
    let content_type = operation.input_name.as_ref().map(|_| "application/xml");
    rest(operation, sink.beside, content_type, sink.out)
}

fn rest(
    operation: &Operation,
    beside: Beside,
    content_type: Option<&'static str>,
    body: Vec<u8>,
) -> Result<Request<Bytes>, EncodeError> {
    let target = target(operation, &beside.addressed)?;
    let mut request = build(operation.method.clone(), &target, content_type, body)?;
    beside.set_headers(request.headers_mut());
    Ok(request)
}

/// Path with its labels, and the query string.
fn target(operation: &Operation, addressed: &[(&'static Member, String)]) -> Result<String, EncodeError> {
    let label = |name: &str| {
        let found = addressed
            .iter()
            .find(|(member, _)| member.location == Location::Label && *member.element == *name);
        let text = found.map(|(_, text)| text).filter(|text| !text.is_empty());
        let mut encoded = String::new();
        percent_encode(text.ok_or_else(|| EncodeError(format!("label {name} is empty")))?, b"", &mut encoded);
        Ok(encoded)
    };
    let labels = operation.uri.labels().map(label).collect::<Result<Vec<_>, EncodeError>>()?;
    let mut target = operation.uri.fill(&labels);
    for (member, text) in addressed.iter().filter(|(member, _)| member.location == Location::Query) {
        target.push(if target.contains('?') { '&' } else { '?' });
        percent_encode(&member.element, b"", &mut target);
        target.push('=');
        percent_encode(text, b"", &mut target);
    }
    Ok(target)
}

fn build(
    method: Method,
    target: &str,
    content_type: Option<&'static str>,
    body: Vec<u8>,
) -> Result<Request<Bytes>, EncodeError> {
    let builder = Request::builder().method(method).uri(target);
    let mut request = builder.body(Bytes::from(body)).map_err(|error| EncodeError(error.to_string()))?;
    if let Some(content_type) = content_type {
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    Ok(request)
}
