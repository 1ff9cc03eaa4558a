//! JSON documents to a tree, guided by the model.
//!
//! The document is read as a stream, straight into the tree: no value of it is ever held in another form, so what bounds the
//! tree bounds the reading.

use super::nested::{Found, Inner, Slot, deeper, entry, fraction, item, member, takes_numbers};
use super::tree::{NodeId, Tree};
use crate::error::WireError;
use crate::limits;
use crate::model::{Kind, List, Structure};
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Reads one document. None at all is one without members, as AWS has it.
pub(crate) fn fill<'a>(tree: &mut Tree<'a>, body: &'a str) -> Result<(), WireError> {
    match body.trim_ascii().is_empty() {
        true => Ok(()),
        false => fill_slot(tree, Slot::Root, body),
    }
}

/// Reads one document that is the value of a slot.
pub(super) fn fill_slot<'a>(tree: &mut Tree<'a>, slot: Slot, body: &'a str) -> Result<(), WireError> {
    let mut reading = Reading { tree, fault: None };
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let value = Value { reading: &mut reading, slot, depth: 0 };
    let read = value.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    match (reading.fault, read) {
        (Some(fault), _) => Err(fault),
        (None, Err(error)) => {
            Err(WireError::Malformed(format!("invalid JSON: {}", limits::echo(&error.to_string()))))
        }
        (None, Ok(())) => Ok(()),
    }
}

/// One pass over a document.
struct Reading<'t, 'a> {
    tree: &'t mut Tree<'a>,
    /// What ended it, which an error of serde's cannot carry.
    fault: Option<WireError>,
}

impl Reading<'_, '_> {
    /// Goes on with `result`, or ends the pass.
    fn keep<T, E: de::Error>(&mut self, result: Result<T, WireError>) -> Result<T, E> {
        result.map_err(|error| {
            let told = E::custom(&error);
            self.fault = Some(error);
            told
        })
    }
}

/// A value that is about to be read.
struct Value<'r, 't, 'a> {
    reading: &'r mut Reading<'t, 'a>,
    slot: Slot,
    depth: usize,
}

impl<'t, 'a> Value<'_, 't, 'a> {
    fn scalar<E: de::Error>(
        self,
        found: Found,
        text: Cow<'a, str>,
        fits: fn(&Kind) -> bool,
    ) -> Result<(), E> {
        let set = self.slot.scalar(self.reading.tree, found, text, fits);
        self.reading.keep(set)
    }

    fn number<E: de::Error>(self, text: Cow<'a, str>) -> Result<(), E> {
        self.scalar(Found::Number, text, |kind| takes_numbers(kind) || matches!(kind, Kind::Timestamp(_)))
    }

    fn text<E: de::Error>(self, text: Cow<'a, str>) -> Result<(), E> {
        let fits = |kind: &Kind| matches!(kind, Kind::Text(_) | Kind::Blob(_) | Kind::Timestamp(_));
        self.scalar(Found::Text, text, fits)
    }

    fn nested<E: de::Error>(&mut self, found: Found) -> Result<(NodeId, Inner), E> {
        let depth = self.reading.keep(deeper(self.depth))?;
        self.depth = depth;
        let nested = self.slot.nested(self.reading.tree, found);
        self.reading.keep(nested)
    }

    /// A part of this value.
    fn part(&mut self, slot: Slot) -> Value<'_, 't, 'a> {
        Value { reading: &mut *self.reading, slot, depth: self.depth }
    }

    fn members<A: MapAccess<'a>>(
        mut self,
        at: NodeId,
        structure: &'static Structure,
        mut map: A,
    ) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'a, str>>()? {
            match member(self.reading.tree, at, structure, &name) {
                Some(slot) => map.next_value_seed(self.part(slot))?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn entries<A: MapAccess<'a>>(
        mut self,
        at: NodeId,
        list: &'static List,
        mut map: A,
    ) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'a, str>>()? {
            let added = entry(self.reading.tree, at, list, key);
            match self.reading.keep(added)? {
                Some(slot) => map.next_value_seed(self.part(slot))?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

impl<'a> DeserializeSeed<'a> for Value<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Value<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of the model")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        let set = self.slot.null(self.reading.tree);
        self.reading.keep(set)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        let text = Cow::Borrowed(if value { "true" } else { "false" });
        self.scalar(Found::Boolean, text, |kind| matches!(kind, Kind::Boolean))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.number(Cow::Owned(number.to_string()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        self.number(Cow::Owned(number.to_string()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        let text = self.reading.keep(fraction(number))?;
        self.number(text)
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'a str) -> Result<(), E> {
        self.text(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.text(Cow::Owned(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut items: A) -> Result<(), A::Error> {
        let (at, Inner::List(list)) = self.nested(Found::List)? else { return Ok(()) };
        loop {
            let slot = item(self.reading.tree, at, list);
            if items.next_element_seed(self.part(slot))?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'a>>(mut self, map: A) -> Result<(), A::Error> {
        match self.nested(Found::Map)? {
            (at, Inner::Structure(structure)) => self.members(at, structure, map),
            (at, Inner::Map(list) | Inner::List(list)) => self.entries(at, list, map),
        }
    }
}
