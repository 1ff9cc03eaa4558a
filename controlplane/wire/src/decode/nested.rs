//! What the readers of JSON and CBOR share: where a value of a document belongs, and what may stand there.
//!
//! A value of another type than the model's ends the request, as it does with AWS (`SerializationException`): these
//! protocols have types, so a text where a number belongs is no spelling of the number. Members that AWS does not have
//! are refused by name like everywhere here.

use super::tree::{Label, NodeId, Tree, join};
use crate::error::{Rule, WireError};
use crate::limits;
use crate::model::{Kind, List, Shape, ShapeId, Structure};
use std::borrow::Cow;

/// Where a value belongs, before it is known whether there is one: a null is an absent member.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    /// It is the whole input.
    Root,
    /// It is part of another.
    In {
        /// Of this node.
        parent: NodeId,
        /// As what.
        label: Label,
        /// Its type.
        shape: ShapeId,
    },
}

/// What a value is in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Text,
    Bytes,
    Boolean,
    Number,
    Time,
    List,
    Map,
    Null,
}

impl Found {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Bytes => "bytes",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Time => "a timestamp",
            Self::List => "a list",
            Self::Map => "a structure",
            Self::Null => "nothing",
        }
    }
}

/// How a nested value goes on.
pub(super) enum Inner {
    /// With members.
    Structure(&'static Structure),
    /// With items.
    List(&'static List),
    /// With entries of a map.
    Map(&'static List),
}

impl Slot {
    fn shape(self, tree: &Tree<'_>) -> &'static Shape {
        match self {
            Self::Root => tree.shape(Tree::ROOT),
            Self::In { shape, .. } => tree.service.shape(shape),
        }
    }

    fn place(self, tree: &mut Tree<'_>) -> Result<NodeId, WireError> {
        match self {
            Self::Root => Ok(Tree::ROOT),
            Self::In { parent, label, shape } => tree.add(parent, label, shape),
        }
    }

    /// Sets a scalar; `fits` says which shapes take a value of this kind.
    pub(super) fn scalar<'a>(
        self,
        tree: &mut Tree<'a>,
        found: Found,
        text: Cow<'a, str>,
        fits: fn(&Kind) -> bool,
    ) -> Result<(), WireError> {
        if !fits(&self.shape(tree).kind) {
            return Err(self.mismatch(tree, found));
        }
        let node = self.place(tree)?;
        tree.set_text(node, text);
        Ok(())
    }

    /// A list begins here, or (`is_map`) something with named parts.
    pub(super) fn nested(self, tree: &mut Tree<'_>, found: Found) -> Result<(NodeId, Inner), WireError> {
        let inner = match (&self.shape(tree).kind, found) {
            (Kind::Structure(structure), Found::Map) => Inner::Structure(structure),
            (Kind::List(list), Found::Map) if list.is_map => Inner::Map(list),
            (Kind::List(list), Found::List) if !list.is_map => Inner::List(list),
            _ => return Err(self.mismatch(tree, found)),
        };
        Ok((self.place(tree)?, inner))
    }

    /// A null: an absent member, but no item of a list.
    pub(super) fn null(self, tree: &mut Tree<'_>) -> Result<(), WireError> {
        match self {
            Self::In { label: Label::Member(_), .. } => Ok(()),
            Self::Root | Self::In { .. } => Err(self.mismatch(tree, Found::Null)),
        }
    }

    fn mismatch(self, tree: &mut Tree<'_>, found: Found) -> WireError {
        let expected = match &self.shape(tree).kind {
            Kind::Structure(_) => "a structure",
            Kind::List(list) if list.is_map => "a map",
            Kind::List(_) => "a list",
            Kind::Text(_) => "a text",
            Kind::Blob(_) => "bytes",
            Kind::Boolean => "a boolean",
            Kind::Integer(_) | Kind::Long(_) | Kind::Double(_) => "a number",
            Kind::Timestamp(_) => "a timestamp",
        };
        let path = self.place(tree).map(|node| tree.path(node)).unwrap_or_default();
        let place = if path.is_empty() { "the document".to_owned() } else { limits::echo(&path) };
        WireError::Malformed(format!("{place} should be {expected} and is {}", found.name()))
    }
}

/// The slot of a member by its name on the wire; `None` when its value has to be read past.
pub(super) fn member(
    tree: &mut Tree<'_>,
    at: NodeId,
    structure: &'static Structure,
    name: &str,
) -> Option<Slot> {
    let Some(index) = structure.by_element(name) else {
        let path = join(&tree.path(at), name);
        tree.violate(&path, Rule::Unknown);
        return None;
    };
    let label = Label::Member(index);
    if let Some(earlier) = tree.child(at, label) {
        let path = tree.path(earlier);
        tree.violate(&path, Rule::Duplicate);
        return None;
    }
    Some(Slot::In { parent: at, label, shape: structure.member(index).shape })
}

/// The slot of the next item.
pub(super) fn item(tree: &Tree<'_>, at: NodeId, list: &'static List) -> Slot {
    Slot::In { parent: at, label: tree.next_item(at), shape: list.member }
}

/// Adds a map's entry with its key; the slot of its value, `None` when there is such a key already.
pub(super) fn entry<'a>(
    tree: &mut Tree<'a>,
    at: NodeId,
    list: &'static List,
    key: Cow<'a, str>,
) -> Result<Option<Slot>, WireError> {
    let broken = || WireError::Internal("a map's entries have a key and a value".to_owned());
    let structure = tree.service.shape(list.member).structure().ok_or_else(broken)?;
    let of = |name| structure.index_of(name).ok_or_else(broken);
    let (key_index, value_index) = (of("key")?, of("value")?);
    let is_key = |node: NodeId| {
        let found = tree.child(node, Label::Member(key_index));
        found.is_some_and(|found| tree.node(found).text == key)
    };
    if tree.children(at).any(is_key) {
        let path = join(&tree.path(at), &key);
        tree.violate(&path, Rule::Duplicate);
        return Ok(None);
    }
    let node = tree.add(at, tree.next_item(at), list.member)?;
    let name = tree.add(node, Label::Member(key_index), structure.member(key_index).shape)?;
    tree.set_text(name, key);
    let shape = structure.member(value_index).shape;
    Ok(Some(Slot::In { parent: node, label: Label::Member(value_index), shape }))
}

/// Counts one level more.
pub(super) fn deeper(depth: usize) -> Result<usize, WireError> {
    match depth {
        limits::DEPTH => Err(WireError::Limit { what: "a depth of values", limit: limits::DEPTH }),
        depth => Ok(depth + 1),
    }
}

/// A number as a scalar's text. Numbers that are none have no place in AWS's models.
pub(super) fn fraction(number: f64) -> Result<Cow<'static, str>, WireError> {
    match number.is_finite() {
        true => Ok(Cow::Owned(number.to_string())),
        false => Err(WireError::Malformed("a number is not finite".to_owned())),
    }
}

/// Shapes that hold numbers.
pub(super) fn takes_numbers(kind: &Kind) -> bool {
    matches!(kind, Kind::Integer(_) | Kind::Long(_) | Kind::Double(_))
}
