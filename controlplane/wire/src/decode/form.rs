//! Form parameters (`Filter.1.Value.2=web`) to a tree.

use super::tree::{Label, NodeId, Tree};
use crate::error::{Rule, WireError};
use crate::limits;
use crate::model::{Kind, List};
use crate::text::{form_decode, pairs};
use std::borrow::Cow;

/// A request's parameters, decoded, in the order sent.
pub(crate) struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    /// Reads a query string or form body.
    pub(crate) fn parse(text: &'a str) -> Result<Self, WireError> {
        let mut parameters = Vec::new();
        for (key, value) in pairs(text) {
            if parameters.len() == limits::PARAMETERS {
                return Err(WireError::Limit { what: "a number of parameters", limit: limits::PARAMETERS });
            }
            let decode = |text| form_decode(text).ok_or_else(|| broken_escape(text));
            parameters.push((decode(key)?, decode(value)?));
        }
        Ok(Self(parameters))
    }

    /// The only value of a parameter; twice is an error, since proxies and servers differ in which one they take.
    pub(crate) fn single(&self, name: &str) -> Result<Option<&str>, WireError> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(WireError::violation(name, Rule::Duplicate)),
            (first, None) => Ok(first.map(|(_, value)| &**value)),
        }
    }

    /// Puts every parameter but `Action` and `Version` into the tree.
    pub(super) fn fill(self, tree: &mut Tree<'a>) -> Result<(), WireError> {
        for (key, value) in self.0 {
            if key != "Action" && key != "Version" {
                insert(tree, &key, value)?;
            }
        }
        Ok(())
    }
}

fn broken_escape(text: &str) -> WireError {
    WireError::Malformed(format!("broken percent escape in {:?}", limits::echo(text)))
}

fn insert<'a>(tree: &mut Tree<'a>, key: &str, value: Cow<'a, str>) -> Result<(), WireError> {
    if key.split('.').count() > limits::DEPTH {
        return Err(WireError::Limit { what: "parts in a parameter's name", limit: limits::DEPTH });
    }
    let mut at = Tree::ROOT;
    let mut parts = key.split('.');
    let mut fresh = false;
    while let Some(part) = parts.next() {
        let Some((label, shape)) = step(tree, at, part, &mut parts) else {
            tree.violate(key, Rule::Unknown);
            return Ok(());
        };
        (at, fresh) = match tree.child(at, label) {
            Some(child) => (child, false),
            None => (tree.add(at, label, shape)?, true),
        };
    }
    set(tree, at, fresh, key, value);
    Ok(())
}

/// Where a part of a name leads from a node; list items may take a second part (`member`, then the number).
fn step<'p>(
    tree: &Tree<'_>,
    at: NodeId,
    part: &'p str,
    parts: &mut impl Iterator<Item = &'p str>,
) -> Option<(Label, crate::model::ShapeId)> {
    match &tree.shape(at).kind {
        Kind::Structure(structure) => {
            let index = structure.by_query(part)?;
            Some((Label::Member(index), structure.member(index).shape))
        }
        Kind::List(list) => Some((Label::Item(number(list, part, parts)?), list.member)),
        _ => None,
    }
}

fn number<'p>(list: &List, part: &'p str, parts: &mut impl Iterator<Item = &'p str>) -> Option<u32> {
    let digits = match &*list.query_item {
        "" => part,
        item if item == part => parts.next()?,
        _ => return None,
    };
    // "01" would be a second name for the item "1".
    let plain = !digits.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

/// Gives a node its text. An empty text on a list means the empty list; a structure cannot have one.
fn set<'a>(tree: &mut Tree<'a>, at: NodeId, fresh: bool, key: &str, value: Cow<'a, str>) {
    match &tree.shape(at).kind {
        _ if !fresh => tree.violate(key, Rule::Duplicate),
        Kind::List(_) if value.is_empty() => {}
        Kind::List(_) => tree.violate(key, not_a("a list", &value)),
        Kind::Structure(_) => tree.violate(key, not_a("a structure", &value)),
        _ => tree.set_text(at, value),
    }
}

/// The value was not of the member's type.
pub(super) fn not_a(expected: &'static str, value: &str) -> Rule {
    Rule::NotA { expected, value: limits::echo(value) }
}
