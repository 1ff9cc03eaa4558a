//! A validated tree to the operation's Input, through serde.
//!
//! The list of fields that derived code passes to `deserialize_struct` is what makes honesty cheap: it is exactly
//! the set of members the operation serves, so a member that is present and not listed is refused here, for every
//! operation, without a line in any of them. For the same reason `#[serde(flatten)]` is refused: it hides the list.

use super::scalar::{self, Scalar};
use super::tree::{Label, NodeId, Tree};
use crate::error::{Rule, Violation, WireError};
use crate::limits;
use crate::model::{Kind, Neutral, Structure};
use serde::de::value::{BorrowedStrDeserializer, Error, SeqDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::cell::RefCell;

/// Why serde stopped, with what its own error cannot carry.
#[derive(Debug)]
enum Fault {
    /// The Input type contradicts the model.
    Internal(String),
    /// The Input type refused the value at a path.
    Refused(Violation),
}

/// Builds `T` from the whole tree; `operation` is the owner of the root's members in the overlay.
pub(super) fn read<T: DeserializeOwned>(tree: &Tree<'_>, operation: &str) -> Result<T, WireError> {
    let reading = Reading { tree, operation, unserved: RefCell::default(), fault: RefCell::default() };
    let result = T::deserialize(At { reading: &reading, node: Tree::ROOT });
    let (mut violations, fault) = (reading.unserved.into_inner(), reading.fault.into_inner());
    match (result, fault) {
        (_, Some(Fault::Internal(text))) => return Err(WireError::Internal(text)),
        (Ok(value), _) if violations.is_empty() => return Ok(value),
        (Ok(_), _) => {}
        (Err(_), Some(Fault::Refused(violation))) => violations.push(violation),
        (Err(error), None) => {
            violations.push(Violation { path: String::new(), rule: Rule::Refused(error.to_string()) })
        }
    }
    Err(WireError::Invalid(violations))
}

/// One pass over a tree.
struct Reading<'t> {
    tree: &'t Tree<'t>,
    operation: &'t str,
    unserved: RefCell<Vec<Violation>>,
    /// The first, which is the innermost.
    fault: RefCell<Option<Fault>>,
}

/// A node as a deserializer.
#[derive(Clone, Copy)]
struct At<'r> {
    reading: &'r Reading<'r>,
    node: NodeId,
}

impl<'r> At<'r> {
    fn tree(self) -> &'r Tree<'r> {
        self.reading.tree
    }

    fn child(self, node: NodeId) -> Self {
        Self { node, ..self }
    }

    fn owner(self) -> &'static str {
        &self.tree().shape(self.node).name
    }

    /// The overlay's word on a member of this structure, under any of the names an owner may have.
    fn neutral_values(self, member: &str) -> impl Iterator<Item = &'r Neutral> {
        let overlay = self.tree().service.overlay();
        let operation = Some(self.reading.operation).filter(|_| self.node == Tree::ROOT);
        let owners = [Some(self.owner()), Some("*"), operation];
        owners.into_iter().flatten().flat_map(move |owner| overlay.neutral(owner, member))
    }

    /// Children whose member is served; the others are noted unless their value is neutral.
    fn served_children(self, structure: &'static Structure, fields: &[&str]) -> Vec<NodeId> {
        let mut served = Vec::new();
        for child in self.tree().children(self.node) {
            let Label::Member(index) = self.tree().node(child).label else {
                continue;
            };
            let name = &*structure.member(index).name;
            if fields.contains(&name) {
                served.push(child);
            } else if !self.neutral_values(name).any(|neutral| equals(self.tree(), child, neutral)) {
                self.note_unserved(child);
            }
        }
        served
    }

    fn note_unserved(self, node: NodeId) {
        let mut unserved = self.reading.unserved.borrow_mut();
        if unserved.len() < limits::VIOLATIONS {
            unserved.push(Violation { path: self.tree().path(node), rule: Rule::Unsupported });
        }
    }

    /// A field that AWS does not have would never be filled: a defect of ours, told at the first request.
    fn check_fields(self, structure: &Structure, fields: &[&str]) -> Result<(), Error> {
        let overlay = self.tree().service.overlay();
        let known = |field: &str| {
            structure.index_of(field).is_some()
                || overlay.is_extension(self.owner(), field)
                || overlay.is_extension(self.reading.operation, field)
        };
        match fields.iter().find(|field| !known(field)) {
            Some(field) => Err(self.defect(format!("{} has no member {field}", self.owner()))),
            None => Ok(()),
        }
    }

    fn scalar(self) -> Result<Scalar<'r>, Error> {
        let text = &*self.tree().node(self.node).text;
        let parsed = scalar::parse(self.tree().shape(self.node), text);
        parsed.map_err(|expected| de::Error::custom(format_args!("it is not {expected}")))
    }

    /// Ends the pass: our own type is wrong.
    fn defect(self, text: String) -> Error {
        let error = de::Error::custom(&text);
        self.reading.fault.borrow_mut().get_or_insert(Fault::Internal(text));
        error
    }

    /// Notes where the pass ended.
    fn refused(self, error: Error) -> Error {
        let violation =
            || Violation { path: self.tree().path(self.node), rule: Rule::Refused(error.to_string()) };
        self.reading.fault.borrow_mut().get_or_insert_with(|| Fault::Refused(violation()));
        error
    }
}

/// Whether a node has exactly the value an overlay calls neutral.
fn equals(tree: &Tree<'_>, node: NodeId, neutral: &Neutral) -> bool {
    match (&tree.shape(node).kind, neutral) {
        (Kind::Structure(structure), Neutral::Structure(members)) => {
            tree.children(node).count() == members.len()
                && members.iter().all(|(name, value)| {
                    let child =
                        structure.index_of(name).and_then(|index| tree.child(node, Label::Member(index)));
                    child.is_some_and(|child| equals(tree, child, value))
                })
        }
        (Kind::List(_), Neutral::List(items)) => {
            tree.children(node).count() == items.len()
                && tree.children(node).zip(items).all(|(child, item)| equals(tree, child, item))
        }
        (Kind::Structure(_) | Kind::List(_), _) | (_, Neutral::List(_) | Neutral::Structure(_)) => false,
        (_, Neutral::Text(text)) => tree.node(node).text == *text,
    }
}

impl<'de> Deserializer<'de> for At<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.tree().shape(self.node).kind {
            Kind::Structure(_) => {
                visitor.visit_map(Members::new(self, self.tree().children(self.node).collect()))
            }
            Kind::List(_) => visitor.visit_seq(Items::new(self)),
            _ => match self.scalar()? {
                Scalar::Text(text) => visitor.visit_str(text),
                Scalar::Bytes(bytes) => visitor.visit_byte_buf(bytes),
                Scalar::Boolean(value) => visitor.visit_bool(value),
                Scalar::Whole(number) => visitor.visit_i64(number),
                Scalar::Double(number) => visitor.visit_f64(number),
                Scalar::Time(time) => visitor.visit_u64(time.as_millis()),
            },
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Some(structure) = self.tree().structure(self.node) else {
            return self.deserialize_any(visitor);
        };
        self.check_fields(structure, fields)?;
        visitor.visit_map(Members::new(self, self.served_children(structure, fields)))
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        let text = format!("the type for {} hides its fields (a map or serde's flatten)", self.owner());
        Err(self.defect(text))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if let Some(structure) = self.tree().structure(self.node) {
            self.served_children(structure, &[]);
        }
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.tree().shape(self.node).kind {
            Kind::Blob(_) => match self.scalar()? {
                Scalar::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.into_iter())),
                _ => self.deserialize_any(visitor),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.tree().node(self.node).text.as_ref().into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        bytes byte_buf tuple tuple_struct identifier ignored_any
    }
}

/// Members of a structure as a map from documented names.
struct Members<'r> {
    at: At<'r>,
    pending: std::vec::IntoIter<NodeId>,
    value: Option<NodeId>,
}

impl<'r> Members<'r> {
    fn new(at: At<'r>, nodes: Vec<NodeId>) -> Self {
        Self { at, pending: nodes.into_iter(), value: None }
    }

    fn name(&self, node: NodeId) -> &'static str {
        match (self.at.tree().node(node).label, self.at.tree().structure(self.at.node)) {
            (Label::Member(index), Some(structure)) => &structure.member(index).name,
            _ => "",
        }
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.value = self.pending.next();
        let name = self.value.map(|node| BorrowedStrDeserializer::new(self.name(node)));
        name.map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let early = || self.at.defect("a value was asked for before its key".to_owned());
        let node = self.value.take().ok_or_else(early)?;
        let child = self.at.child(node);
        seed.deserialize(child).map_err(|error| child.refused(error))
    }
}

/// Items of a list.
struct Items<'r> {
    at: At<'r>,
    next: Option<NodeId>,
    left: usize,
}

impl<'r> Items<'r> {
    fn new(at: At<'r>) -> Self {
        let mut children = at.tree().children(at.node);
        let next = children.next();
        Self { at, next, left: usize::from(next.is_some()) + children.count() }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(node) = self.next else { return Ok(None) };
        self.next = self.at.tree().next(node);
        self.left -= 1;
        let child = self.at.child(node);
        seed.deserialize(child).map(Some).map_err(|error| child.refused(error))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}
