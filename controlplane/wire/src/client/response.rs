//! HTTP responses to Output types and errors.

use crate::decode::{Label, Piece, Tree, XmlReader, built, cbor, json, rest, text};
use crate::error::{ErrorReply, WireError};
use crate::limits;
use crate::model::{Location, Operation, Protocol, Service, Structure};
use http::response::Parts;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// Why there is no Output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// The server answered an error.
    #[error("{}: {}", .0.code, .0.message)]
    Refused(ErrorReply),
    /// The server's answer cannot be read.
    #[error("unreadable answer: {0}")]
    Unreadable(#[from] WireError),
}

/// Reads an operation's answer.
pub fn response<T: DeserializeOwned>(
    service: &'static Service,
    operation: &'static Operation,
    parts: &Parts,
    body: &[u8],
) -> Result<T, RemoteError> {
    if !parts.status.is_success() {
        return Err(RemoteError::Refused(refused(service.protocol(), parts, body)?));
    }
    let shape = operation.output.unwrap_or(service.nothing());
    let mut tree = Tree::new(service, shape, limits::RESPONSE);
    match service.protocol() {
        Protocol::Cbor => cbor::fill(&mut tree, body)?,
        Protocol::Json10 | Protocol::Json11 => json::fill(&mut tree, text(body)?)?,
        Protocol::RestJson => rest_json(&mut tree, parts, body)?,
        _ => xml(&mut tree, operation, parts, text(body)?)?,
    }
    Ok(built(tree, &operation.name)?)
}

/// An error in any of the protocols. Those that came after XML name it in a header too, which is enough here.
fn refused(protocol: Protocol, parts: &Parts, body: &[u8]) -> Result<ErrorReply, WireError> {
    let status = parts.status.as_u16();
    if !protocol.is_modern() {
        return refusal(status, text(body)?);
    }
    let header = parts.headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
    Ok(ErrorReply::new(header.unwrap_or_default(), status, String::from_utf8_lossy(body)))
}

fn rest_json<'a>(tree: &mut Tree<'a>, parts: &'a Parts, body: &'a [u8]) -> Result<(), WireError> {
    let Some(structure) = tree.structure(Tree::ROOT) else { return Ok(()) };
    rest::fill_headers(tree, structure, &parts.headers)?;
    let members = structure.members().iter().zip(0..);
    for (member, index) in members.filter(|(member, _)| member.location == Location::Status) {
        let at = tree.add(Tree::ROOT, Label::Member(index), member.shape)?;
        tree.set_text(at, Cow::Owned(parts.status.as_u16().to_string()));
    }
    rest::fill_json(tree, structure, body)
}

fn xml<'a>(
    tree: &mut Tree<'a>,
    operation: &'static Operation,
    parts: &'a Parts,
    text: &'a str,
) -> Result<(), WireError> {
    if let Some(structure) = tree.structure(Tree::ROOT) {
        rest::fill_headers(tree, structure, &parts.headers)?;
        if operation.output.is_some() {
            document(tree, structure, operation, text)?;
        }
    }
    Ok(())
}

/// Finds the element that holds the members and reads it.
fn document<'a>(
    tree: &mut Tree<'a>,
    structure: &'static Structure,
    operation: &'static Operation,
    text: &'a str,
) -> Result<(), WireError> {
    let mut reader = XmlReader::new(text);
    let (_, open) = reader.root(tree.service.namespace())?;
    let ec2 = tree.service.protocol() == Protocol::Ec2Query;
    while let Some((start, has_content)) = if open { reader.next_child()? } else { None } {
        match start.name().0 {
            "requestId" if ec2 => reader.skip(has_content)?,
            "ResponseMetadata" if operation.result_wrapper.is_some() => reader.skip(has_content)?,
            name if operation.result_wrapper.as_deref() == Some(name) => {
                if has_content {
                    reader.value(tree, Tree::ROOT)?;
                }
            }
            _ => reader.member(tree, Tree::ROOT, structure, &start, has_content)?,
        }
    }
    reader.finish()
}

/// Code and message of an error in any of the protocols, whose documents differ only in what is around these two.
fn refusal(status: u16, text: &str) -> Result<ErrorReply, WireError> {
    let mut reader = XmlReader::new(text);
    let mut found = ErrorReply::new("", status, "");
    let mut path: Vec<String> = Vec::new();
    loop {
        match reader.next()? {
            Piece::Open(start) => path.push(start.name().0.to_owned()),
            Piece::Close => drop(path.pop()),
            Piece::Text(text) => match path.last().map(String::as_str) {
                Some("Code") => found.code.push_str(&text),
                Some("Message") => found.message.push_str(&text),
                _ => {}
            },
            Piece::Empty(_) => {}
            Piece::End => return Ok(found),
        }
    }
}
