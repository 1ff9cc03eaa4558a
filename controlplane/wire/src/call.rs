//! From a request to the operation it asks for, before its members are looked at.

use crate::decode::{Form, utf8};
use crate::error::WireError;
use crate::limits;
use crate::model::{self, Lookup, Operation, Protocol, Service};
use crate::sigv4;
use http::Method;
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;

/// An operation of a service.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The service.
    pub service: &'static Service,
    /// The operation.
    pub operation: &'static Operation,
}

/// Says that a request is Smithy's RPC in CBOR.
const SMITHY_PROTOCOL: &str = "smithy-protocol";
/// What the header above says then.
pub(crate) const RPC_V2_CBOR: &str = "rpc-v2-cbor";
/// Names the operation of a JSON request.
pub(crate) const TARGET: &str = "x-amz-target";

/// The service a request is for, in the protocol it is spoken in here, which also decides the form of error answers.
///
/// The credential scope decides, since it is what the client signed for. Without one (the request will be refused)
/// path, target, host and version serve, so that the refusal has the form the client expects.
pub fn service(parts: &Parts, body: &[u8]) -> Result<&'static Service, WireError> {
    let service = addressed(parts, body)?;
    let in_cbor = header(parts, SMITHY_PROTOCOL) == Some(RPC_V2_CBOR);
    Ok(model::in_cbor(service).filter(|_| in_cbor).unwrap_or(service))
}

fn addressed(parts: &Parts, body: &[u8]) -> Result<&'static Service, WireError> {
    if let Some(scope) = sigv4::credential_scope(parts) {
        let unknown =
            || WireError::UnknownService(format!("credential scope {}", limits::echo(&scope.service)));
        return model::by_signing_name(&scope.service).ok_or_else(unknown);
    }
    let found = by_path(parts).or_else(|| by_target(parts)).or_else(|| by_host(parts));
    found.or_else(|| by_form(parts, body)).ok_or_else(|| {
        WireError::UnknownService("no credential scope, known host, version or path".to_owned())
    })
}

/// The only value of a header that is text.
fn header<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    let mut values = parts.headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

fn by_path(parts: &Parts) -> Option<&'static Service> {
    if let Some((service, _)) = rpc(parts.uri.path()) {
        return model::by_target(service);
    }
    let first = parts.uri.path().split('/').nth(1)?;
    let versioned = model::by_version(first).filter(|service| service.protocol() == Protocol::RestXml);
    // Paths of REST in JSON have no version; they are all there is to go by.
    let mut others = model::services().filter(|service| service.protocol() == Protocol::RestJson);
    versioned.or_else(|| others.find(|service| route(service, parts).is_ok()))
}

fn by_target(parts: &Parts) -> Option<&'static Service> {
    model::by_target(header(parts, TARGET)?.rsplit_once('.')?.0)
}

/// Service and operation of `/service/SERVICE/operation/OPERATION`, which is the end of a path of Smithy's RPC.
fn rpc(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/service/")?.split_once("/operation/")
}

fn by_host(parts: &Parts) -> Option<&'static Service> {
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    model::by_endpoint(host.or(parts.uri.host())?)
}

fn by_form(parts: &Parts, body: &[u8]) -> Option<&'static Service> {
    let form = Form::parse(form_text(parts, utf8(body).ok()?).ok()?).ok()?;
    model::by_version(form.single("Version").ok()??)
}

/// The service and operation of a request.
pub fn identify(parts: &Parts, body: &[u8]) -> Result<Call, WireError> {
    let service = service(parts, body)?;
    let lookup = match service.protocol() {
        Protocol::Ec2Query | Protocol::Query => action(service, parts, body)?,
        Protocol::RestXml | Protocol::RestJson => route(service, parts)?,
        Protocol::Json10 | Protocol::Json11 => target(service, parts)?,
        Protocol::Cbor => rpc_path(service, parts)?,
    };
    match lookup {
        Lookup::Modelled(operation) => Ok(Call { service, operation }),
        Lookup::Unmodelled(name) => Err(WireError::Unserved(name.to_owned())),
    }
}

fn action(service: &'static Service, parts: &Parts, body: &[u8]) -> Result<Lookup<'static>, WireError> {
    let form = Form::parse(form_text(parts, utf8(body)?)?)?;
    let action = form.single("Action")?.ok_or(WireError::MissingAction)?;
    let version = form.single("Version")?.unwrap_or_default();
    if version != service.api_version() {
        let (found, served) = (limits::echo(version), service.api_version().to_owned());
        return Err(WireError::WrongVersion { service: service.name(), found, served });
    }
    service.lookup(action).ok_or_else(|| WireError::UnknownAction(limits::echo(action)))
}

fn route(service: &'static Service, parts: &Parts) -> Result<Lookup<'static>, WireError> {
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let found = service.route(&parts.method, path, query);
    found.map(|(lookup, _)| lookup).ok_or_else(|| WireError::UnknownRoute {
        service: service.name(),
        method: parts.method.to_string(),
        path: limits::echo(path),
    })
}

/// The operation of a JSON request, whose address is always `/`.
fn target(service: &'static Service, parts: &Parts) -> Result<Lookup<'static>, WireError> {
    if parts.method != Method::POST || parts.uri.path() != "/" || parts.uri.query().is_some() {
        return Err(WireError::Malformed("a request in JSON is a POST to / without a query".to_owned()));
    }
    let version = if service.protocol() == Protocol::Json10 { "1.0" } else { "1.1" };
    require_content_type(parts, &format!("application/x-amz-json-{version}"))?;
    let missing = || WireError::MissingTarget(service.target_prefix().to_owned());
    let (prefix, name) = header(parts, TARGET).and_then(|text| text.rsplit_once('.')).ok_or_else(missing)?;
    if !service.is_target(prefix) {
        return Err(missing());
    }
    service.lookup(name).ok_or_else(|| WireError::UnknownAction(limits::echo(name)))
}

/// The operation of a request in Smithy's RPC. One that also has a target could mean two things to two readers.
fn rpc_path(service: &'static Service, parts: &Parts) -> Result<Lookup<'static>, WireError> {
    if parts.headers.contains_key(TARGET) {
        return Err(WireError::Malformed(format!("a request in CBOR has no header {TARGET}")));
    }
    if parts.method != Method::POST || parts.uri.query().is_some() {
        return Err(WireError::Malformed("a request in CBOR is a POST without a query".to_owned()));
    }
    require_content_type(parts, "application/cbor")?;
    let unknown = || WireError::UnknownRoute {
        service: service.name(),
        method: parts.method.to_string(),
        path: limits::echo(parts.uri.path()),
    };
    let (prefix, name) = rpc(parts.uri.path()).ok_or_else(unknown)?;
    service.lookup(name).filter(|_| service.is_target(prefix)).ok_or_else(unknown)
}

/// The form of a query request: the body of a POST or the query string of a GET, never both, since then one reader
/// could see another action than the next.
pub(crate) fn form_text<'a>(parts: &'a Parts, body: &'a str) -> Result<&'a str, WireError> {
    let query = parts.uri.query().unwrap_or_default();
    match parts.method {
        _ if parts.uri.path() != "/" => {
            Err(WireError::Malformed("the path of a query request is /".to_owned()))
        }
        Method::GET if body.is_empty() => Ok(query),
        Method::GET => Err(WireError::Malformed("a GET request has no body".to_owned())),
        Method::POST if !query.is_empty() => {
            Err(WireError::Malformed("a POST request has its parameters in the body only".to_owned()))
        }
        Method::POST => check_content_type(parts).map(|()| body),
        _ => Err(WireError::Malformed(format!("method {} is neither GET nor POST", parts.method))),
    }
}

fn check_content_type(parts: &Parts) -> Result<(), WireError> {
    match parts.headers.contains_key(CONTENT_TYPE) {
        true => require_content_type(parts, "application/x-www-form-urlencoded"),
        false => Ok(()),
    }
}

/// Refuses a body that is said to be something else, or nothing.
pub(crate) fn require_content_type(parts: &Parts, wanted: &str) -> Result<(), WireError> {
    let given = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    match essence.eq_ignore_ascii_case(wanted) {
        true => Ok(()),
        false => Err(WireError::Malformed(format!("the body must be {wanted}"))),
    }
}
