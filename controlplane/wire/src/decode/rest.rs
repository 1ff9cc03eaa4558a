//! REST requests to a tree: labels, query string and headers first, then the body, which is XML or JSON.

use super::nested::{Found, Slot, entry};
use super::tree::{Label, NodeId, Tree};
use super::xml::XmlReader;
use super::{json, text, utf8, within};
use crate::call::require_content_type;
use crate::error::{Rule, WireError};
use crate::limits;
use crate::model::{Kind, List, Location, Member, Operation, Protocol, Structure};
use crate::text::{form_decode, header_items, pairs, percent_decode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use std::borrow::Cow;

/// Reads a whole request. `labels` are what the route found, in template order.
pub(super) fn fill<'a>(
    tree: &mut Tree<'a>,
    operation: &'static Operation,
    labels: &[&'a str],
    parts: &'a Parts,
    body: &'a [u8],
) -> Result<(), WireError> {
    let Some(structure) = tree.structure(Tree::ROOT) else {
        return Err(WireError::Internal(format!("the input of {} is no structure", operation.name)));
    };
    fill_labels(tree, structure, operation, labels)?;
    fill_query(tree, structure, operation, parts.uri.query().unwrap_or_default())?;
    fill_headers(tree, structure, &parts.headers)?;
    match tree.service.protocol() {
        Protocol::RestJson => {
            if !body.is_empty() && !has_own_type(tree, structure) && parts.headers.contains_key(CONTENT_TYPE)
            {
                require_content_type(parts, "application/json")?;
            }
            fill_json(tree, structure, within(body)?)
        }
        _ => fill_xml(tree, structure, operation, utf8(body)?),
    }
}

/// The member that travels at `location` under a name.
fn member_at(structure: &'static Structure, location: Location, name: &str) -> Option<u16> {
    let mut members = structure.members().iter().zip(0..);
    members
        .find(|(member, _)| member.location == location && *member.element == *name)
        .map(|(_, index)| index)
}

fn fill_labels<'a>(
    tree: &mut Tree<'a>,
    structure: &'static Structure,
    operation: &'static Operation,
    labels: &[&'a str],
) -> Result<(), WireError> {
    for (name, text) in operation.uri.labels().zip(labels.iter().copied()) {
        let text = percent_decode(text)
            .ok_or_else(|| WireError::Malformed("broken percent escape in the path".into()))?;
        let index = member_at(structure, Location::Label, name)
            .ok_or_else(|| WireError::Internal(format!("{} has no label {name}", operation.name)))?;
        put(tree, structure, index, text)?;
    }
    Ok(())
}

fn fill_query<'a>(
    tree: &mut Tree<'a>,
    structure: &'static Structure,
    operation: &'static Operation,
    query: &'a str,
) -> Result<(), WireError> {
    for (number, (key, value)) in pairs(query).enumerate() {
        if number == limits::PARAMETERS {
            return Err(WireError::Limit { what: "a number of parameters", limit: limits::PARAMETERS });
        }
        let decode = |text| {
            form_decode(text).ok_or_else(|| WireError::Malformed("broken percent escape in the query".into()))
        };
        let (key, value) = (decode(key)?, decode(value)?);
        match member_at(structure, Location::Query, &key) {
            Some(index) => put(tree, structure, index, value)?,
            None if operation.uri.claims_query(&key) => {}
            None => tree.violate(&key, Rule::Unknown),
        }
    }
    Ok(())
}

/// Reads the members that travel in headers, of a request or of an answer.
pub(crate) fn fill_headers<'a>(
    tree: &mut Tree<'a>,
    structure: &'static Structure,
    headers: &'a HeaderMap,
) -> Result<(), WireError> {
    for (member, index) in structure.members().iter().zip(0..) {
        match (member.location, &tree.service.shape(member.shape).kind) {
            (Location::Header, Kind::List(_)) => {
                for value in headers.get_all(&*member.element) {
                    for item in header_items(header_text(member, value)?) {
                        let item = item.ok_or_else(|| malformed(member, "has an open quote"))?;
                        put(tree, structure, index, item)?;
                    }
                }
            }
            (Location::Header, _) => {
                for value in headers.get_all(&*member.element) {
                    put(tree, structure, index, Cow::Borrowed(header_text(member, value)?))?;
                }
            }
            (Location::Prefix, Kind::List(list)) => fill_prefixed(tree, (member, index), list, headers)?,
            _ => {}
        }
    }
    Ok(())
}

fn malformed(member: &Member, what: &str) -> WireError {
    WireError::Malformed(format!("header {} {what}", member.element))
}

fn header_text<'a>(member: &Member, value: &'a http::HeaderValue) -> Result<&'a str, WireError> {
    value.to_str().map_err(|_| malformed(member, "is not text"))
}

/// The headers that begin with a member's name are the entries of a map.
fn fill_prefixed<'a>(
    tree: &mut Tree<'a>,
    (member, index): (&'static Member, u16),
    list: &'static List,
    headers: &'a HeaderMap,
) -> Result<(), WireError> {
    let prefix = member.element.to_ascii_lowercase();
    for (name, value) in headers {
        let Some(key) = name.as_str().strip_prefix(&prefix) else { continue };
        let at = match tree.child(Tree::ROOT, Label::Member(index)) {
            Some(at) => at,
            None => tree.add(Tree::ROOT, Label::Member(index), member.shape)?,
        };
        if let Some(slot) = entry(tree, at, list, Cow::Borrowed(key))? {
            let value = Cow::Borrowed(header_text(member, value)?);
            slot.scalar(tree, Found::Text, value, |kind| matches!(kind, Kind::Text(_)))?;
        }
    }
    Ok(())
}

/// Sets a scalar, or adds an item where the member is a list.
fn put<'a>(
    tree: &mut Tree<'a>,
    structure: &'static Structure,
    index: u16,
    text: Cow<'a, str>,
) -> Result<(), WireError> {
    let shape = structure.member(index).shape;
    let present = tree.child(Tree::ROOT, Label::Member(index));
    if let Kind::List(list) = &tree.service.shape(shape).kind {
        let at = match present {
            Some(at) => at,
            None => tree.add(Tree::ROOT, Label::Member(index), shape)?,
        };
        let item = tree.add(at, tree.next_item(at), list.member)?;
        tree.set_text(item, text);
        return Ok(());
    }
    match present {
        Some(earlier) => violate_twice(tree, earlier),
        None => {
            let at = tree.add(Tree::ROOT, Label::Member(index), shape)?;
            tree.set_text(at, text);
        }
    }
    Ok(())
}

fn violate_twice(tree: &mut Tree<'_>, earlier: NodeId) {
    let path = tree.path(earlier);
    tree.violate(&path, Rule::Duplicate);
}

fn fill_xml<'a>(
    tree: &mut Tree<'a>,
    structure: &'static Structure,
    operation: &'static Operation,
    body: &'a str,
) -> Result<(), WireError> {
    if body.is_empty() {
        return Ok(());
    }
    let Some(root) = &operation.input_name else {
        return Err(WireError::Malformed(format!("{} takes no body", operation.name)));
    };
    let mut reader = XmlReader::new(body);
    let (name, open) = reader.root(tree.service.namespace())?;
    if name != **root {
        return Err(WireError::Malformed(format!(
            "invalid XML: the root element is {}, not {root}",
            limits::echo(&name)
        )));
    }
    while let Some((start, has_content)) = if open { reader.next_child()? } else { None } {
        if structure.by_element(start.name().0).is_none() {
            return Err(WireError::violation(limits::echo(start.name().0), Rule::Unknown));
        }
        reader.member(tree, Tree::ROOT, structure, &start, has_content)?;
    }
    reader.finish()
}

/// Whether the body is one member that is no document, whose type is the sender's affair.
fn has_own_type(tree: &Tree<'_>, structure: &Structure) -> bool {
    let payload = structure.payload().map(|index| tree.service.shape(structure.member(index).shape));
    payload.is_some_and(|shape| shape.structure().is_none())
}

/// Reads the body of a request or of an answer: a document of members, or the one member that is all of it.
pub(crate) fn fill_json<'a>(
    tree: &mut Tree<'a>,
    structure: &'static Structure,
    body: &'a [u8],
) -> Result<(), WireError> {
    let Some(index) = structure.payload() else { return json::fill(tree, text(body)?) };
    if body.is_empty() {
        return Ok(());
    }
    let (label, shape) = (Label::Member(index), structure.member(index).shape);
    let whole = match &tree.service.shape(shape).kind {
        Kind::Blob(_) => Cow::Owned(STANDARD.encode(body)),
        Kind::Text(_) => Cow::Borrowed(text(body)?),
        _ => return json::fill_slot(tree, Slot::In { parent: Tree::ROOT, label, shape }, text(body)?),
    };
    let at = tree.add(Tree::ROOT, label, shape)?;
    tree.set_text(at, whole);
    Ok(())
}
