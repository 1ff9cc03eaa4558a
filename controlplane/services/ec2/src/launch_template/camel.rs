//! AWS's structures as manifests write them: the same members, first letter small. For serde's `with`.
//!
//! One type with two spellings, instead of two types that drift apart: names are turned on the way in and out.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

pub(crate) fn serialize<T: Serialize, S: Serializer>(data: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let value = serde_json::to_value(data).map_err(S::Error::custom)?;
    renamed(value, |c| c.to_ascii_lowercase()).serialize(serializer)
}

pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if let Some(name) = capitalised(&value) {
        return Err(D::Error::custom(format!("unknown field `{name}`: names begin with a small letter")));
    }
    serde_json::from_value(renamed(value, |c| c.to_ascii_uppercase()))
        .map_err(|error| D::Error::custom(told(&error)))
}

/// The same value with the first letter of every name turned.
fn renamed(value: Value, turn: fn(char) -> char) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (first_letter(&name, turn), renamed(value, turn)))
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| renamed(item, turn)).collect(),
        other => other,
    }
}

fn first_letter(name: &str, turn: fn(char) -> char) -> String {
    let mut letters = name.chars();
    letters.next().map(turn).into_iter().chain(letters).collect()
}

/// A name that begins with a capital.
fn capitalised(value: &Value) -> Option<&str> {
    match value {
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            if name.starts_with(|c: char| c.is_ascii_uppercase()) {
                Some(name.as_str())
            } else {
                capitalised(value)
            }
        }),
        Value::Array(items) => items.iter().find_map(capitalised),
        _ => None,
    }
}

/// The error with the names as the writer of the manifest knows them; serde quotes them with backticks.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let parts = text.split('`').enumerate();
    let told = parts.map(|(index, part)| match index % 2 {
        1 => first_letter(part, |c| c.to_ascii_lowercase()),
        _ => part.to_owned(),
    });
    told.collect::<Vec<_>>().join("`")
}
