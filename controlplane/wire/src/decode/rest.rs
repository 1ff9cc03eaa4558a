//! REST-XML requests to a tree: labels, query string and headers first, then the body.

use super::tree::{Label, NodeId, Tree};
use super::xml::XmlReader;
use crate::error::{Rule, WireError};
use crate::limits;
use crate::model::{Kind, Location, Operation, Structure};
use crate::text::{form_decode, pairs, percent_decode};
use http::request::Parts;
use std::borrow::Cow;

/// Reads a whole request. `labels` are what the route found, in template order.
pub(super) fn fill<'a>(
    tree: &mut Tree<'a>,
    operation: &'static Operation,
    labels: &[&'a str],
    parts: &'a Parts,
    body: &'a str,
) -> Result<(), WireError> {
    let Some(structure) = tree.structure(Tree::ROOT) else {
        return Err(WireError::Internal(format!("the input of {} is no structure", operation.name)));
    };
    fill_labels(tree, structure, operation, labels)?;
    fill_query(tree, structure, operation, parts.uri.query().unwrap_or_default())?;
    fill_headers(tree, structure, parts)?;
    fill_body(tree, structure, operation, body)
}

/// The member that travels at `location` under a name.
fn member_at(structure: &'static Structure, location: Location, name: &str) -> Option<u16> {
    let members = structure.members().iter().zip(0..);
    let matching = |name: &str, element: &str| match location {
        Location::Header => element.eq_ignore_ascii_case(name),
        _ => element == name,
    };
    members
        .filter(|(member, _)| member.location == location)
        .find(|(member, _)| matching(name, &member.element))
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

fn fill_headers<'a>(
    tree: &mut Tree<'a>,
    structure: &'static Structure,
    parts: &'a Parts,
) -> Result<(), WireError> {
    for (member, index) in
        structure.members().iter().zip(0..).filter(|(member, _)| member.location == Location::Header)
    {
        for value in parts.headers.get_all(&*member.element) {
            let text = value
                .to_str()
                .map_err(|_| WireError::Malformed(format!("header {} is not text", member.element)))?;
            put(tree, structure, index, Cow::Borrowed(text))?;
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

fn fill_body<'a>(
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
        let in_body = |index| structure.member(index).location == Location::Body;
        let known = structure.by_element(start.name().0).is_some_and(in_body);
        if !known {
            return Err(WireError::violation(limits::echo(start.name().0), Rule::Unknown));
        }
        reader.member(tree, Tree::ROOT, structure, &start, has_content)?;
    }
    reader.finish()
}
