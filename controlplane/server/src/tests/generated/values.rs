//! What a member may be asked to hold: bounds, one beyond them, each value of a set, and texts that mean something to
//! somebody on the way.

use super::least::{item, least};
use controlplane_wire::model::{Kind, Length, List, Range, Service, ShapeId, Structure, TextRule};
use serde_json::{Value, json};

/// Structures within structures that are taken apart; what lies deeper has its least value.
const DEPTH: usize = 3;
/// Nobody needs a text longer than this to be over-long.
const LONG: usize = 3_000;
/// Nor a list.
const MANY: usize = 1_001;

/// Texts that parsers, shells, logs and pages have stumbled over.
pub(super) const ODD_TEXTS: [&str; 16] = [
    "",
    " ",
    ".",
    "..",
    "/",
    "*",
    "0.0.0.0/0",
    "::/0",
    "-1",
    "é\u{301}😀\u{202e}",
    "\u{0}",
    "a\r\nb\tc",
    "<&>\"'%41]]>",
    "$(id)`;|'\\",
    "arn:aws:iam::",
    "vpc-0123456789abcdef0",
];

/// A value, and what is special about it.
pub(super) type Special = (String, Value);

/// Values of a shape, the least first.
pub(super) fn values(service: &'static Service, shape: ShapeId) -> Vec<Special> {
    within(service, shape, 0)
}

fn within(service: &'static Service, id: ShapeId, depth: usize) -> Vec<Special> {
    let mut found = vec![("least".to_owned(), least(service, id))];
    match &service.shape(id).kind {
        Kind::Structure(structure) if depth < DEPTH => found.extend(members(service, id, structure, depth)),
        Kind::Structure(_) => {}
        Kind::List(list) => found.extend(lists(service, list, depth)),
        Kind::Text(rule) => found.extend(texts(rule)),
        Kind::Blob(length) => {
            found.extend(lengths(*length).map(|size| special(format!("{size} bytes"), vec![0xff; size])))
        }
        Kind::Boolean => found.push(special("false", false)),
        Kind::Integer(range) => found.extend(numbers(*range, i32::MIN.into(), i32::MAX.into())),
        Kind::Long(range) => found.extend(numbers(*range, i64::MIN, i64::MAX)),
        Kind::Double(range) => found.extend(fractions(*range)),
        Kind::Timestamp(_) => {
            found.extend([1, 1_760_000_000_000_i64, 253_402_300_799_999].map(|at| special(at, at)))
        }
    }
    found
}

fn special(what: impl ToString, value: impl Into<Value>) -> Special {
    (what.to_string(), value.into())
}

/// The least structure with each member in turn left out or at each of its values.
fn members(
    service: &'static Service,
    id: ShapeId,
    structure: &'static Structure,
    depth: usize,
) -> Vec<Special> {
    let base = least(service, id);
    let with = |name: &str, value: Option<Value>| {
        let mut whole = base.as_object().cloned().unwrap_or_default();
        match value {
            Some(value) => drop(whole.insert(name.to_owned(), value)),
            None => drop(whole.remove(name)),
        }
        Value::Object(whole)
    };
    let mut found = Vec::new();
    for member in structure.members() {
        let name = &*member.name;
        if member.required {
            found.push((format!("no {name}"), with(name, None)));
        }
        let each = within(service, member.shape, depth + 1).into_iter();
        found.extend(each.map(|(what, value)| (format!("{name}: {what}"), with(name, Some(value)))));
    }
    found
}

fn lists(service: &'static Service, list: &'static List, depth: usize) -> Vec<Special> {
    let one = item(service, list.member);
    let mut found = vec![special("no items", json!([])), special("an item twice", json!([one, one]))];
    for count in lengths(list.length).filter(|count| *count > 2) {
        let text = |number: usize| one.as_str().map_or(one.clone(), |text| json!(format!("{text}{number}")));
        found.push(special(format!("{count} items"), (0..count.min(MANY)).map(text).collect::<Vec<_>>()));
    }
    let items = within(service, list.member, depth).into_iter();
    found.extend(items.map(|(what, value)| (format!("one item, {what}"), json!([value]))));
    found
}

fn texts(rule: &TextRule) -> Vec<Special> {
    let mut found: Vec<Special> = rule.values().iter().map(|value| special(value, &**value)).collect();
    found.extend(rule.values().first().map(|value| special("in the other case", swapped(value))));
    found.extend(ODD_TEXTS.map(|text| special(format!("{text:?}"), text)));
    let long = lengths(rule.length).filter(|length| *length > 1).chain([LONG]);
    found.extend(long.map(|length| special(format!("{length} letters"), "a".repeat(length.min(LONG)))));
    found
}

fn swapped(text: &str) -> String {
    let is_upper = text.chars().any(char::is_uppercase);
    if is_upper { text.to_lowercase() } else { text.to_uppercase() }
}

/// Around both bounds, as far as there are any.
fn lengths(length: Length) -> impl Iterator<Item = usize> {
    let around = |bound: usize| [bound.saturating_sub(1), bound, bound + 1];
    length.min.into_iter().chain(length.max.filter(|max| *max < 20_000)).flat_map(around)
}

fn numbers(range: Range, least: i64, most: i64) -> Vec<Special> {
    let around = |bound: f64| [bound as i64 - 1, bound as i64, bound as i64 + 1];
    let bounds = range.min.into_iter().chain(range.max).flat_map(around);
    let numbers = [0, -1, 2, 443, least, most].into_iter().chain(bounds);
    numbers.map(|number| special(number, number)).collect()
}

fn fractions(range: Range) -> Vec<Special> {
    let bounds = range.min.into_iter().chain(range.max);
    let numbers = [0.0, -0.5, 0.1, 1e300, -1e300].into_iter().chain(bounds);
    numbers.map(|number| special(number, number)).collect()
}
