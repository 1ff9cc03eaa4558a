//! What surrounds the members: roots, wrappers, request ids, headers.

use super::beside::Beside;
use super::cbor::CborSink;
use super::emit::{Emit, EncodeError, Sink};
use super::json::JsonSink;
use super::xml::XmlSink;
use crate::call::RPC_V2_CBOR;
use crate::error::{ErrorDetails, ErrorReply};
use crate::model::{Operation, Protocol, Service};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");
const SMITHY_PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");

/// Writes an operation's Output as its protocol has it.
///
/// An error means that `T` and the model contradict each other; the server answers 500 and logs it.
pub fn encode<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    output: &T,
    request_id: &str,
) -> Result<Response<Bytes>, EncodeError> {
    let (body, beside) = match service.protocol() {
        Protocol::RestJson => rest_json(service, operation, output)?,
        Protocol::Json10 | Protocol::Json11 => {
            let mut sink = JsonSink::new();
            members(service, operation, output, &mut sink)?;
            (sink.finish(), Beside::default())
        }
        Protocol::Cbor => {
            let mut sink = CborSink::new();
            members(service, operation, output, &mut sink)?;
            (sink.finish(), Beside::default())
        }
        Protocol::Ec2Query | Protocol::Query | Protocol::RestXml => {
            let sink = document(service, operation, output, request_id)?;
            (sink.out, sink.beside)
        }
    };
    let status = beside.status.unwrap_or(operation.status);
    let mut response = respond(Some(service), status, body, request_id);
    beside.set_headers(response.headers_mut());
    Ok(response)
}

/// The body is nothing where AWS has no output, and a document, even an empty one, else.
fn rest_json<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    output: &T,
) -> Result<(Vec<u8>, Beside), EncodeError> {
    let mut sink = JsonSink::new();
    members(service, operation, output, &mut sink)?;
    let (body, beside) = sink.into_parts();
    Ok((if operation.output.is_some() { body } else { Vec::new() }, beside))
}

/// The answers that are XML.
fn document<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    output: &T,
    request_id: &str,
) -> Result<XmlSink, EncodeError> {
    let mut sink = XmlSink::default();
    sink.out.extend_from_slice(DECLARATION.as_bytes());
    match service.protocol() {
        Protocol::Ec2Query => ec2(service, operation, output, request_id, &mut sink)?,
        Protocol::Query => query(service, operation, output, request_id, &mut sink)?,
        _ => rest(service, operation, output, &mut sink)?,
    }
    Ok(sink)
}

fn members<T: Serialize, S: Sink>(
    service: &'static Service,
    operation: &'static Operation,
    output: &T,
    sink: &mut S,
) -> Result<(), EncodeError> {
    let shape = operation.output.unwrap_or(service.nothing());
    output.serialize(Emit::root(service, service.shape(shape), sink))
}

fn ec2<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    output: &T,
    request_id: &str,
    sink: &mut XmlSink,
) -> Result<(), EncodeError> {
    let root = format!("{}Response", operation.name);
    sink.start_in(&root, service.namespace());
    sink.leaf("requestId", request_id);
    members(service, operation, output, sink)?;
    if operation.output.is_none() {
        sink.leaf("return", "true");
    }
    sink.end(&root);
    Ok(())
}

fn query<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    output: &T,
    request_id: &str,
    sink: &mut XmlSink,
) -> Result<(), EncodeError> {
    let root = format!("{}Response", operation.name);
    sink.start_in(&root, service.namespace());
    if let Some(wrapper) = &operation.result_wrapper {
        sink.start(wrapper);
        members(service, operation, output, sink)?;
        sink.end(wrapper);
    } else {
        members(service, operation, output, sink)?;
    }
    sink.start("ResponseMetadata");
    sink.leaf("RequestId", request_id);
    sink.end("ResponseMetadata");
    sink.end(&root);
    Ok(())
}

/// The root is called like the output's shape.
fn rest<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    output: &T,
    sink: &mut XmlSink,
) -> Result<(), EncodeError> {
    let Some(shape) = operation.output else {
        sink.out.clear();
        return Ok(());
    };
    let root = &service.shape(shape).name;
    sink.start_in(root, service.namespace());
    members(service, operation, output, sink)?;
    sink.end(root);
    Ok(())
}

/// Writes an error as the service's protocol has it; without a service, in the form most of AWS has.
pub fn encode_error(service: Option<&Service>, error: &ErrorReply, request_id: &str) -> Response<Bytes> {
    let modern = service.filter(|service| service.protocol().is_modern());
    let body = match modern {
        Some(service) => modern_error(service, error),
        None => error_document(service, error, request_id),
    };
    let mut response = respond(service, error.status, body, request_id);
    if let Some(service) = modern {
        modern_headers(service, error, &mut response);
    }
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The shape's name is the type of an error; where the service was spoken otherwise before, its code then was another.
fn modern_error(service: &Service, error: &ErrorReply) -> Vec<u8> {
    let shape = service.error_named(&error.code).unwrap_or(&error.code);
    let parts = [("__type", shape), ("message", &error.message)];
    match service.protocol() {
        Protocol::Cbor => {
            let mut sink = CborSink::new();
            parts.into_iter().for_each(|(tag, text)| sink.leaf(tag, text));
            sink.finish()
        }
        protocol => {
            let mut sink = JsonSink::new();
            sink.begin();
            // The header says what it is, where there are headers.
            let parts = parts.into_iter().skip(usize::from(protocol.is_rest()));
            parts.for_each(|(tag, text)| sink.leaf(tag, text));
            sink.finish()
        }
    }
}

fn modern_headers(service: &Service, error: &ErrorReply, response: &mut Response<Bytes>) {
    let shape = service.error_named(&error.code).unwrap_or(&error.code);
    if let Ok(name) = HeaderValue::from_str(shape) {
        response.headers_mut().insert(ERROR_TYPE, name);
    }
    let fault = if error.status < 500 { "Sender" } else { "Receiver" };
    if let (true, Ok(code)) =
        (service.is_query_compatible(), HeaderValue::from_str(&format!("{};{fault}", error.code)))
    {
        response.headers_mut().insert(QUERY_ERROR, code);
    }
}

fn error_document(service: Option<&Service>, error: &ErrorReply, request_id: &str) -> Vec<u8> {
    let mut sink = XmlSink::default();
    sink.out.extend_from_slice(DECLARATION.as_bytes());
    match service {
        Some(service) if service.protocol() == Protocol::Ec2Query => ec2_error(error, request_id, &mut sink),
        _ => query_error(service, error, request_id, &mut sink),
    }
    sink.out
}

fn ec2_error(error: &ErrorReply, request_id: &str, sink: &mut XmlSink) {
    for tag in ["Response", "Errors", "Error"] {
        sink.start(tag);
    }
    sink.leaf("Code", &error.code);
    sink.leaf("Message", &error.message);
    sink.end("Error");
    sink.end("Errors");
    sink.leaf("RequestID", request_id);
    sink.end("Response");
}

/// Route 53 answers errors in the form of the query protocol.
fn query_error(service: Option<&Service>, error: &ErrorReply, request_id: &str, sink: &mut XmlSink) {
    match service {
        Some(service) => sink.start_in("ErrorResponse", service.namespace()),
        None => sink.start("ErrorResponse"),
    }
    sink.start("Error");
    sink.leaf("Type", if error.status < 500 { "Sender" } else { "Receiver" });
    sink.leaf("Code", &error.code);
    sink.leaf("Message", &error.message);
    if let Some(details) = &error.details {
        error_details(details, sink);
    }
    sink.end("Error");
    sink.leaf("RequestId", request_id);
    sink.end("ErrorResponse");
}

fn error_details(details: &ErrorDetails, sink: &mut XmlSink) {
    sink.start(details.list);
    for item in &details.items {
        sink.start(details.item);
        item.iter().for_each(|(tag, text)| sink.leaf(tag, text));
        sink.end(details.item);
    }
    sink.end(details.list);
}

fn respond(service: Option<&Service>, status: u16, body: Vec<u8>, request_id: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = match service.map(Service::protocol) {
        Some(Protocol::Ec2Query) => "text/xml;charset=UTF-8",
        Some(Protocol::Json10) => "application/x-amz-json-1.0",
        Some(Protocol::Json11) => "application/x-amz-json-1.1",
        Some(Protocol::RestJson) => "application/json",
        Some(Protocol::Cbor) => "application/cbor",
        Some(Protocol::Query | Protocol::RestXml) | None => "text/xml",
    };
    if service.is_some_and(|service| service.protocol() == Protocol::Cbor) {
        response.headers_mut().insert(SMITHY_PROTOCOL, HeaderValue::from_static(RPC_V2_CBOR));
    }
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
