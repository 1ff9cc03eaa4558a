//! Three specs become one: what the last manifest said, what the record is, what the new manifest says.
//!
//! The result says everything about the record. A field that the new manifest names has its value; a field that the last
//! one named and the new one does not is gone, so that the kind gives it its default; every other field is as it is, because
//! nobody declared it. All three are in the kind's canonical form by now, so comparing texts is enough.
//!
//! What readers get wrong: comparing the new manifest with the last one is not enough, since the record may have drifted
//! (somebody used the AWS API); and comparing it with the record alone is not enough either, since then nothing would tell a
//! field that was taken out of the manifest from one that others set.

use serde_json::{Map, Value};

/// How a field is merged where the usual way (objects field by field, everything else as a whole) is not what its kind
/// means. Names are of the spec's own fields.
#[derive(Clone, Copy)]
pub enum Join {
    /// A list of which others may hold items too (rules of a group): item by item. These fields tell items apart, no fields
    /// the whole item.
    Items {
        /// The list.
        field: &'static str,
        /// Fields of an item that make it the same item.
        key: &'static [&'static str],
        /// Whether an item is there as long as nobody declares the list, so that whoever begins to declare it takes it over.
        implied: fn(&Value) -> bool,
    },
    /// An object whose fields mean nothing without each other.
    Whole(&'static str),
    /// Fields of which a record has one: whoever names one takes the others away.
    OneOf(&'static [&'static str]),
}

impl Join {
    /// A list whose items nobody implies.
    pub const fn items(field: &'static str, key: &'static [&'static str]) -> Self {
        Self::Items { field, key, implied: |_| false }
    }
}

/// The spec a record shall have.
pub(super) fn merged(joins: &[Join], last: &Value, live: &Value, new: &Value) -> Value {
    let names = fields(live).chain(fields(new)).map(|(name, _)| name);
    let mut wanted = Map::new();
    for name in names {
        let (last, live, new) = (last.get(name), live.get(name), new.get(name));
        let value = match joins.iter().find(|join| join.is_about(name)) {
            Some(Join::Items { key, implied, .. }) => items(key, *implied, last, live, new),
            Some(_) => new.or(live.filter(|_| last.is_none())).cloned(),
            None => field(last, live, new),
        };
        wanted.extend(value.map(|value| (name.clone(), value)));
    }
    for join in joins {
        join.choose(new, &mut wanted);
    }
    Value::Object(wanted)
}

impl Join {
    fn is_about(&self, name: &str) -> bool {
        match self {
            Self::Items { field, .. } | Self::Whole(field) => *field == name,
            Self::OneOf(_) => false,
        }
    }

    fn choose(&self, new: &Value, wanted: &mut Map<String, Value>) {
        let Self::OneOf(names) = self else { return };
        if names.iter().any(|name| new.get(name).is_some()) {
            wanted.retain(|name, _| !names.contains(&name.as_str()) || new.get(name).is_some());
        }
    }
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// A field in the usual way.
fn field(last: Option<&Value>, live: Option<&Value>, new: Option<&Value>) -> Option<Value> {
    match (last, live, new) {
        (_, Some(Value::Object(_)), Some(Value::Object(_))) => object(last, live, new),
        // What others wrote into an object stays, although nobody declares the object any more.
        (Some(Value::Object(_)), Some(Value::Object(_)), None) => {
            object(last, live, new).filter(|left| fields(left).next().is_some())
        }
        (_, _, Some(new)) => Some(new.clone()),
        (Some(_), _, None) => None,
        (None, live, None) => live.cloned(),
    }
}

fn object(last: Option<&Value>, live: Option<&Value>, new: Option<&Value>) -> Option<Value> {
    let nothing = Value::Null;
    let [last, live, new] = [last, live, new].map(|value| value.unwrap_or(&nothing));
    Some(merged(&[], last, live, new))
}

/// A list whose items others may hold too: theirs stay, and so does the order of what was there.
fn items(
    key: &[&str],
    implied: fn(&Value) -> bool,
    last: Option<&Value>,
    live: Option<&Value>,
    new: Option<&Value>,
) -> Option<Value> {
    if last.is_none() && new.is_none() {
        return live.cloned();
    }
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (live, mut missing) = (list(live), list(new));
    let declared_before = match last {
        Some(_) => list(last),
        None => live.iter().filter(|item| implied(item)).cloned().collect(),
    };
    let mut wanted = Vec::with_capacity(live.len() + missing.len());
    for item in live {
        match missing.iter().position(|declared| same(key, declared, &item)) {
            Some(at) => wanted.push(missing.remove(at)),
            None if declared_before.iter().any(|before| same(key, before, &item)) => {}
            None => wanted.push(item),
        }
    }
    wanted.append(&mut missing);
    (new.is_some() || !wanted.is_empty()).then_some(Value::Array(wanted))
}

fn same(key: &[&str], left: &Value, right: &Value) -> bool {
    match key {
        [] => left == right,
        key => key.iter().all(|field| left.get(field) == right.get(field)),
    }
}

/// Without fields that are null, which is to say absent.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            members.map(|(name, value)| (name, without_nulls(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// The part of a `complete` spec that `written` names: defaults that were filled in are nothing that anybody declared.
pub(super) fn named_in(joins: &[Join], written: &Value, complete: &Value) -> Value {
    let (Value::Object(written), Value::Object(complete)) = (written, complete) else {
        return complete.clone();
    };
    let named = complete.iter().filter_map(|(name, value)| {
        let written = written.get(name).filter(|written| !written.is_null())?;
        let whole = joins.iter().any(|join| join.is_about(name));
        Some((name.clone(), if whole { value.clone() } else { named_in(&[], written, value) }))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RULES: Join =
        Join::Items { field: "out", key: &["to"], implied: |item| item.get("to") == Some(&json!("all")) };
    const JOINS: &[Join] = &[
        RULES,
        Join::items("in", &["from"]),
        Join::items("ids", &[]),
        Join::Whole("template"),
        Join::OneOf(&["weight", "failover"]),
    ];

    #[test]
    fn declared_fields_win_dropped_ones_go_others_stay() {
        let cases = [
            // last, live, new, wanted
            (json!({"a": 1}), json!({"a": 2}), json!({"a": 1}), json!({"a": 1})),
            (json!({"a": 1}), json!({"a": 1, "b": 2}), json!({"a": 1}), json!({"a": 1, "b": 2})),
            (json!({"a": 1}), json!({"a": 1, "b": 2}), json!({}), json!({"b": 2})),
            (json!({}), json!({"a": 1}), json!({}), json!({"a": 1})),
            (json!({"a": [1, 2]}), json!({"a": [2, 1]}), json!({"a": [1, 2]}), json!({"a": [1, 2]})),
            (
                json!({"tags": {"mine": "1", "old": "1"}}),
                json!({"tags": {"mine": "2", "old": "1", "other": "x"}}),
                json!({"tags": {"mine": "1"}}),
                json!({"tags": {"mine": "1", "other": "x"}}),
            ),
            (
                json!({"tags": {"mine": "1"}}),
                json!({"tags": {"mine": "1", "other": "x"}}),
                json!({}),
                json!({"tags": {"other": "x"}}),
            ),
            (json!({"tags": {"mine": "1"}}), json!({"tags": {"mine": "1"}}), json!({}), json!({})),
        ];
        for (last, live, new, wanted) in cases {
            assert_eq!(merged(JOINS, &last, &live, &new), wanted, "{last} {live} {new}");
        }
    }

    #[test]
    fn kinds_say_how_their_own_fields_are_joined() {
        let (mine, theirs, all) = (json!({"from": 1, "text": "a"}), json!({"from": 2}), json!({"to": "all"}));
        let cases = [
            // Items of others stay; a changed item is replaced; an item of ours that is not named goes.
            (
                json!({"in": [mine]}),
                json!({"in": [mine, theirs]}),
                json!({"in": []}),
                json!({"in": [theirs]}),
            ),
            (json!({"in": [mine]}), json!({"in": [mine, theirs]}), json!({}), json!({"in": [theirs]})),
            (json!({"in": [mine]}), json!({"in": [mine]}), json!({}), json!({})),
            (
                json!({"in": [{"from": 1}]}),
                json!({"in": [theirs, {"from": 1}]}),
                json!({"in": [mine]}),
                json!({"in": [theirs, mine]}),
            ),
            (
                json!({"ids": ["b", "a"]}),
                json!({"ids": ["a", "b"]}),
                json!({"ids": ["b", "a"]}),
                json!({"ids": ["a", "b"]}),
            ),
            // What is there by default goes when the list is declared, and only then.
            (json!({}), json!({"out": [all]}), json!({}), json!({"out": [all]})),
            (
                json!({}),
                json!({"out": [all, {"to": "x"}]}),
                json!({"out": []}),
                json!({"out": [{"to": "x"}]}),
            ),
            (
                json!({"template": {"id": "a"}}),
                json!({"template": {"id": "b", "version": "7"}}),
                json!({"template": {"id": "a"}}),
                json!({"template": {"id": "a"}}),
            ),
            (
                json!({"weight": 1}),
                json!({"failover": "x", "b": 1}),
                json!({"weight": 1}),
                json!({"weight": 1, "b": 1}),
            ),
        ];
        for (last, live, new, wanted) in cases {
            assert_eq!(merged(JOINS, &last, &live, &new), wanted, "{last} {live} {new}");
        }
    }

    #[test]
    fn defaults_are_not_declared() {
        let complete =
            json!({"a": 1, "b": false, "o": {"x": 1, "y": 2}, "template": {"id": "a", "version": "1"}});
        let written = json!({"a": 1, "b": null, "o": {"x": 1}, "template": {"id": "a"}});
        let named = json!({"a": 1, "o": {"x": 1}, "template": {"id": "a", "version": "1"}});
        assert_eq!(named_in(JOINS, &written, &complete), named);
    }
}
