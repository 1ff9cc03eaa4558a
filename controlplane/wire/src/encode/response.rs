//! What surrounds the members: roots, wrappers, request ids, headers.

use super::emit::{Emit, EncodeError};
use super::xml::XmlSink;
use crate::error::ErrorReply;
use crate::model::{Operation, Protocol, Service};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Writes an operation's Output as its protocol has it.
///
/// An error means that `T` and the model contradict each other; the server answers 500 and logs it.
pub fn encode<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    output: &T,
    request_id: &str,
) -> Result<Response<Bytes>, EncodeError> {
    let mut sink = XmlSink::default();
    sink.out.extend_from_slice(DECLARATION.as_bytes());
    match service.protocol() {
        Protocol::Ec2Query => ec2(service, operation, output, request_id, &mut sink)?,
        Protocol::Query => query(service, operation, output, request_id, &mut sink)?,
        Protocol::RestXml => rest(service, operation, output, &mut sink)?,
    }
    let mut response = respond(Some(service), operation.status, sink.out, request_id);
    response.headers_mut().extend(sink.headers);
    Ok(response)
}

fn members<T: Serialize>(
    service: &'static Service,
    operation: &'static Operation,
    output: &T,
    sink: &mut XmlSink,
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
    let mut sink = XmlSink::default();
    sink.out.extend_from_slice(DECLARATION.as_bytes());
    match service {
        Some(service) if service.protocol() == Protocol::Ec2Query => ec2_error(error, request_id, &mut sink),
        _ => query_error(service, error, request_id, &mut sink),
    }
    let mut response = respond(service, error.status, sink.out, request_id);
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
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
    sink.end("Error");
    sink.leaf("RequestId", request_id);
    sink.end("ErrorResponse");
}

fn respond(service: Option<&Service>, status: u16, body: Vec<u8>, request_id: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = match service.map(Service::protocol) {
        Some(Protocol::Ec2Query) => "text/xml;charset=UTF-8",
        _ => "text/xml",
    };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
