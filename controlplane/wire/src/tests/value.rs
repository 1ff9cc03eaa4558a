//! Any value of any shape: a Rust type that keeps all members, and generators that follow the model.

use crate::model::{Kind, Location, Member, Protocol, Service, Shape, ShapeId, Structure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Structure(BTreeMap<String, Value>),
    List(Vec<Value>),
    Text(String),
    Whole(i64),
    Double(f64),
    Boolean(bool),
    Bytes(Vec<u8>),
}

impl Value {
    pub(super) fn json(&self) -> serde_json::Value {
        match self {
            Self::Structure(members) => {
                members.iter().map(|(name, value)| (name.clone(), value.json())).collect()
            }
            Self::List(items) => items.iter().map(Value::json).collect(),
            Self::Text(text) => text.clone().into(),
            Self::Whole(number) => (*number).into(),
            Self::Double(number) => (*number).into(),
            Self::Boolean(value) => (*value).into(),
            Self::Bytes(bytes) => STANDARD.encode(bytes).into(),
        }
    }

    /// What of the value a form can carry: no structure without members, and in EC2's dialect no empty list.
    pub(super) fn into_form(self, protocol: Protocol) -> Option<Value> {
        match self {
            Self::Structure(members) => {
                let members =
                    members.into_iter().filter_map(|(name, value)| Some((name, value.into_form(protocol)?)));
                Some(Self::Structure(members.collect())).filter(|value| !value.is_empty())
            }
            Self::List(items) if items.is_empty() => {
                (protocol == Protocol::Query).then_some(Self::List(items))
            }
            Self::List(items) => {
                let items = items.into_iter().filter_map(|item| item.into_form(protocol));
                Some(Self::List(items.collect())).filter(|value| !value.is_empty())
            }
            scalar => Some(scalar),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Structure(members) => members.is_empty(),
            Self::List(items) => items.is_empty(),
            _ => false,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Structure(members) => serializer.collect_map(members),
            Self::List(items) => serializer.collect_seq(items),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Whole(number) => serializer.serialize_i64(*number),
            Self::Double(number) => serializer.serialize_f64(*number),
            Self::Boolean(value) => serializer.serialize_bool(*value),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Whole(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::Whole).map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Double(number))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bytes(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut structure = BTreeMap::new();
        while let Some((name, value)) = members.next_entry()? {
            structure.insert(name, value);
        }
        Ok(Value::Structure(structure))
    }
}

/// How much of a shape a generated value fills.
#[derive(Clone, Copy)]
pub(super) enum Fill {
    /// Every member, and something in every list.
    Full,
    /// Most members absent, lists often empty.
    Sparse,
}

/// Values of a shape. Bounds and patterns are not kept: what is under test is the way of a value, not its worth.
pub(super) fn of_shape(service: &'static Service, id: ShapeId, fill: Fill) -> BoxedStrategy<Value> {
    let shape = service.shape(id);
    match &shape.kind {
        Kind::Structure(structure) => of_members(service, structure, fill),
        Kind::List(list) if list.is_map => of_map(service, list.member, fill),
        Kind::List(list) => {
            let least = usize::from(matches!(fill, Fill::Full));
            prop::collection::vec(of_shape(service, list.member, fill), least..3)
                .prop_map(Value::List)
                .boxed()
        }
        _ => of_scalar(shape, Location::Body),
    }
}

/// Entries with a key and a value each, and no key twice.
fn of_map(service: &'static Service, entry: ShapeId, fill: Fill) -> BoxedStrategy<Value> {
    let members = service.shape(entry).structure().unwrap();
    let part = |name| of_shape(service, members.member(members.index_of(name).unwrap()).shape, fill);
    let least = usize::from(matches!(fill, Fill::Full));
    of_entries(part("key"), part("value"), least)
}

fn of_entries(key: BoxedStrategy<Value>, value: BoxedStrategy<Value>, least: usize) -> BoxedStrategy<Value> {
    prop::collection::vec((key, value), least..3)
        .prop_map(|entries| {
            let mut seen = Vec::new();
            let fresh = entries.into_iter().filter(|(key, _)| {
                let is_new = !seen.contains(key);
                seen.push(key.clone());
                is_new
            });
            let entry = |(key, value)| [("key".to_owned(), key), ("value".to_owned(), value)].into();
            Value::List(fresh.map(entry).map(Value::Structure).collect())
        })
        .boxed()
}

/// A member in its place. What has no place when there is nothing of it has something.
fn of_member(service: &'static Service, member: &Member, fill: Fill, is_body: bool) -> BoxedStrategy<Value> {
    let shape = service.shape(member.shape);
    match (member.location, &shape.kind) {
        (Location::Body, Kind::Text(_) | Kind::Blob(_)) if is_body => {
            let is_there =
                |value: &Value| *value != Value::Text(String::new()) && *value != Value::Bytes(vec![]);
            of_scalar(shape, Location::Body).prop_filter("a body", is_there).boxed()
        }
        (Location::Body, _) => of_shape(service, member.shape, fill),
        (Location::Status, _) => (200..300_i64).prop_map(Value::Whole).boxed(),
        (Location::Prefix, _) => {
            let text = |pattern: &'static str| pattern.prop_map(Value::Text).boxed();
            of_entries(text("[a-z][a-z0-9-]{0,5}"), text("[!-~]{1,20}"), 1)
        }
        (other, Kind::List(list)) => {
            let item = of_scalar(service.shape(list.member), other);
            prop::collection::vec(item, 1..3).prop_map(Value::List).boxed()
        }
        (other, _) => of_scalar(shape, other),
    }
}

fn of_members(service: &'static Service, structure: &'static Structure, fill: Fill) -> BoxedStrategy<Value> {
    let one = |(member, index): (&'static Member, u16)| {
        let name = member.name.to_string();
        let value = of_member(service, member, fill, structure.payload() == Some(index));
        let present = match (fill, member.location) {
            (Fill::Full, _) | (_, Location::Label | Location::Status) => value.prop_map(Some).boxed(),
            // A message has a type, whether somebody says it or not.
            (_, Location::Header) if member.required => value.prop_map(Some).boxed(),
            (Fill::Sparse, _) => prop::option::weighted(0.4, value).boxed(),
        };
        present.prop_map(move |value| Some((name.clone(), value?)))
    };
    let members: Vec<_> = structure.members().iter().zip(0..).map(one).collect();
    members.prop_map(|members| Value::Structure(members.into_iter().flatten().collect())).boxed()
}

fn of_scalar(shape: &'static Shape, location: Location) -> BoxedStrategy<Value> {
    match &shape.kind {
        Kind::Text(rule) if !rule.values().is_empty() => {
            prop::sample::select(rule.values()).prop_map(|text| Value::Text(text.to_string())).boxed()
        }
        Kind::Text(_) if location == Location::Header => "[!-~]{1,20}".prop_map(Value::Text).boxed(),
        Kind::Text(_) if location == Location::Label => "[ -~ä€]{1,20}".prop_map(Value::Text).boxed(),
        Kind::Text(_) => "[ -~\t\r\nä€😀<>&'\"+%]{0,20}".prop_map(Value::Text).boxed(),
        Kind::Blob(_) => any::<Vec<u8>>().prop_map(Value::Bytes).boxed(),
        Kind::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Kind::Integer(_) => any::<i32>().prop_map(|number| Value::Whole(number.into())).boxed(),
        Kind::Long(_) => any::<i64>().prop_map(Value::Whole).boxed(),
        // Not every double: JSON's reader may be off by the last bit of those with hundreds of digits.
        Kind::Double(_) => any::<i32>().prop_map(|eighths| Value::Double(f64::from(eighths) / 8.0)).boxed(),
        // Such a date has no fraction.
        Kind::Timestamp(_) if location == Location::Header => {
            (0..253_402_300_799_i64).prop_map(|seconds| Value::Whole(seconds * 1000)).boxed()
        }
        Kind::Timestamp(_) => (0..253_402_300_799_999_i64).prop_map(Value::Whole).boxed(),
        Kind::Structure(_) | Kind::List(_) => panic!("{} is no scalar", shape.name),
    }
}
