//! Requests to Input types: wire to [`tree`], tree checked against the model, tree to serde.

pub(crate) mod cbor;
mod de;
mod form;
pub(crate) mod json;
mod nested;
pub(crate) mod rest;
pub(crate) mod scalar;
mod tree;
mod validate;
mod xml;

pub(crate) use form::Form;
pub(crate) use tree::{Label, Tree};
pub(crate) use xml::{Piece, XmlReader};

use crate::call::{Call, form_text};
use crate::error::WireError;
use crate::limits;
use crate::model::Protocol;
use http::request::Parts;
use serde::de::DeserializeOwned;

/// Reads the request as the operation's Input.
///
/// Unknown members, broken constraints and members that `T` does not have are all refused, each by its path.
pub fn decode<T: DeserializeOwned>(call: &Call, parts: &Parts, body: &[u8]) -> Result<T, WireError> {
    let mut tree = read(call, parts, body)?;
    validate::validate(&mut tree, Tree::ROOT);
    built(tree, &call.operation.name)
}

/// The request's values, not yet checked.
pub(crate) fn read<'a>(call: &Call, parts: &'a Parts, body: &'a [u8]) -> Result<Tree<'a>, WireError> {
    let mut tree = Tree::new(call.service, call.operation.input, limits::REQUEST);
    match call.service.protocol() {
        Protocol::Ec2Query | Protocol::Query => {
            Form::parse(form_text(parts, utf8(body)?)?)?.fill(&mut tree)?;
        }
        Protocol::RestXml | Protocol::RestJson => {
            let query = parts.uri.query().unwrap_or_default();
            let (_, labels) = call
                .service
                .route(&parts.method, parts.uri.path(), query)
                .ok_or_else(|| WireError::Internal(format!("{} was not routed here", call.operation.name)))?;
            rest::fill(&mut tree, call.operation, &labels, parts, body)?;
        }
        Protocol::Json10 | Protocol::Json11 => json::fill(&mut tree, utf8(body)?)?,
        Protocol::Cbor => cbor::fill(&mut tree, within(body)?)?,
    }
    Ok(tree)
}

/// The values as `T`, unless something was found to be wrong on the way; even then `T` is held against the model, so
/// that its own defects show first.
pub(crate) fn built<T: DeserializeOwned>(mut tree: Tree<'_>, operation: &str) -> Result<T, WireError> {
    let mut violations = tree.take_violations();
    match de::read(&tree, operation) {
        Err(WireError::Invalid(more)) => {
            // What is missing is missing for serde too, which cannot say where.
            let known =
                |path: &str| violations.iter().any(|violation| violation.path == path || path.is_empty());
            let more: Vec<_> = more.into_iter().filter(|violation| !known(&violation.path)).collect();
            violations.extend(more);
            Err(WireError::Invalid(violations))
        }
        Ok(_) if !violations.is_empty() => Err(WireError::Invalid(violations)),
        other => other,
    }
}

fn within(body: &[u8]) -> Result<&[u8], WireError> {
    match body.len() > limits::BODY {
        true => Err(WireError::Limit { what: "bytes in its body", limit: limits::BODY }),
        false => Ok(body),
    }
}

/// Bodies of all served protocols but CBOR are UTF-8.
pub(crate) fn utf8(body: &[u8]) -> Result<&str, WireError> {
    text(within(body)?)
}

/// A body of any size as text.
pub(crate) fn text(body: &[u8]) -> Result<&str, WireError> {
    std::str::from_utf8(body).map_err(|_| WireError::Malformed("the body is not UTF-8".to_owned()))
}
