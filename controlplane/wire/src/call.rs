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

/// The service a request is for, which also decides the form of error answers.
///
/// The credential scope decides, since it is what the client signed for. Without one (the request will be refused)
/// path, host and version serve, so that the refusal has the form the client expects.
pub fn service(parts: &Parts, body: &[u8]) -> Result<&'static Service, WireError> {
    if let Some(scope) = sigv4::credential_scope(parts) {
        let unknown =
            || WireError::UnknownService(format!("credential scope {}", limits::echo(&scope.service)));
        return model::by_signing_name(&scope.service).ok_or_else(unknown);
    }
    by_path(parts).or_else(|| by_host(parts)).or_else(|| by_form(parts, body)).ok_or_else(|| {
        WireError::UnknownService("no credential scope, known host, version or path".to_owned())
    })
}

fn by_path(parts: &Parts) -> Option<&'static Service> {
    let first = parts.uri.path().split('/').nth(1)?;
    model::by_version(first).filter(|service| service.protocol() == Protocol::RestXml)
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
        Protocol::RestXml => route(service, parts)?,
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
    let Some(value) = parts.headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(WireError::Malformed("the body must be application/x-www-form-urlencoded".to_owned()))
}
