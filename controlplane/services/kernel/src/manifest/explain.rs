//! What a manifest may say, told from the schema of its spec: nothing here is written twice. Descriptions are the doc comments
//! of the spec's fields, bounds and values their attributes; what refers to what and what cannot change are the constants the
//! kind is applied by.

use super::{DeclarativeEntry, invalid};
use crate::{KindEntry, ServiceError};
use serde_json::Value;
use std::fmt::Write;

/// Where descriptions are broken.
const WIDTH: usize = 96;
/// Deeper than any spec.
const DEEPEST: usize = 12;

/// A field of a spec.
struct Field<'s> {
    name: String,
    /// From the spec down, as [`super::Reference`] writes it without brackets.
    path: String,
    schema: &'s Value,
    required: bool,
}

/// Explains `path` (no part: the whole spec) of a kind's manifests; `version` is what its field names follow.
pub fn explain(
    kind: &KindEntry,
    version: &str,
    path: &[&str],
    recursive: bool,
) -> Result<String, ServiceError> {
    let entry = kind.declarative.as_ref().ok_or_else(|| {
        invalid(format!("{} is nothing that a manifest declares", kind.name))
            .with_hint("`hearth get kinds` lists the kinds that are")
    })?;
    let schema = (entry.schema)();
    let mut text = format!("KIND:     {}\nVERSION:  {version}\n", kind.name);
    let field = find(kind.name, &schema, path)?;
    let told = field.as_ref().map_or(&schema, |field| field.schema);
    if let Some(field) = &field {
        put(&mut text, format_args!("FIELD:    {}\n", heading(entry, field)));
    }
    put(&mut text, format_args!("\nDESCRIPTION:\n{}", paragraph(&description(told), 4)));
    if let Some(field) = &field {
        text.push_str(&details(entry, field, 4));
    }
    let below = field.map_or_else(String::new, |field| field.path);
    let fields = fields_of(told, &below);
    if !fields.is_empty() {
        text.push_str("\nFIELDS:\n");
        if recursive { names(entry, &fields, 2, &mut text) } else { list(entry, &fields, &mut text) }
    }
    Ok(text)
}

/// Every field of a kind's manifests that says nothing about itself; a test holds every kind to none.
pub fn undocumented(kind: &KindEntry) -> Vec<String> {
    let Some(entry) = &kind.declarative else { return Vec::new() };
    let schema = (entry.schema)();
    let mut found = Vec::new();
    if description(&schema).is_empty() {
        found.push(kind.name.to_owned());
    }
    let mut open = fields_of(&schema, "");
    while let Some(field) = open.pop() {
        if description(field.schema).is_empty() {
            found.push(format!("{}.{}", kind.name, field.path));
        }
        if field.path.split('.').count() < DEEPEST {
            open.extend(fields_of(field.schema, &field.path));
        }
    }
    found
}

fn find<'s>(kind: &str, schema: &'s Value, path: &[&str]) -> Result<Option<Field<'s>>, ServiceError> {
    let mut found: Option<Field<'s>> = None;
    for name in path {
        let (schema, below) = found.as_ref().map_or((schema, ""), |field| (field.schema, &field.path));
        let mut fields = fields_of(schema, below);
        let place = fields.iter().position(|field| field.name == *name);
        let place = place.ok_or_else(|| unknown(kind, below, name, &fields))?;
        found = Some(fields.swap_remove(place));
    }
    Ok(found)
}

fn unknown(kind: &str, below: &str, name: &str, fields: &[Field<'_>]) -> ServiceError {
    let place = if below.is_empty() { kind.to_owned() } else { format!("{kind}.{below}") };
    let error = invalid(format!("{place} has no field {name:?}"));
    let near: Vec<&str> =
        fields.iter().map(|field| field.name.as_str()).filter(|known| is_near(known, name)).collect();
    let all: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    match (near.as_slice(), all.as_slice()) {
        ([], []) => error.with_hint(format!("{place} has no fields")),
        ([], all) => error.with_hint(format!("it has {}", all.join(", "))),
        (near, _) => error.with_hint(format!("did you mean {}?", near.join(" or "))),
    }
}

/// Whether one may be a slip of the other: a part of it, or a few letters apart.
fn is_near(known: &str, written: &str) -> bool {
    if written.len() > WIDTH {
        return false;
    }
    let (known, written) = (known.to_ascii_lowercase(), written.to_ascii_lowercase());
    let is_part = written.len() > 2 && (known.contains(&written) || written.contains(&known));
    is_part || distance(&known, &written) <= 1 + written.len() / 5
}

/// How many letters have to be put in, taken out or exchanged.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, other) in right.bytes().enumerate() {
            let exchanged = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

/// The schema without the alternative of saying nothing.
fn plain(schema: &Value) -> &Value {
    let alternatives = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    let mut said = alternatives.filter(|one| one.get("type") != Some(&Value::from("null")));
    said.next().unwrap_or(schema)
}

/// The type, `null` left out: every field that may be left out may be null too.
fn type_of(schema: &Value) -> &str {
    match plain(schema).get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("any")
        }
        // Values without a type are words.
        _ => "string",
    }
}

fn shown_type(schema: &Value) -> String {
    let schema = plain(schema);
    let inner = |name: &str| schema.get(name).filter(|inner| inner.is_object());
    match type_of(schema) {
        "array" => format!("[]{}", inner("items").map_or_else(|| "any".to_owned(), shown_type)),
        "object" => match inner("additionalProperties") {
            Some(values) => format!("map of string to {}", shown_type(values)),
            None => "object".to_owned(),
        },
        other => other.to_owned(),
    }
}

/// Fields of an object, or of the items of a list.
fn fields_of<'s>(schema: &'s Value, below: &str) -> Vec<Field<'s>> {
    let mut schema = plain(schema);
    while let Some(items) = schema.get("items") {
        schema = plain(items);
    }
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let field = |(name, schema): (&'s String, &'s Value)| {
        let required = required.contains(&name.as_str());
        // AWS's structures have capitals; manifests have none (`camel`).
        let mut letters = name.chars();
        let first = letters.next().map(|letter| letter.to_ascii_lowercase());
        let name: String = first.into_iter().chain(letters).collect();
        let path = if below.is_empty() { name.clone() } else { format!("{below}.{name}") };
        Field { name, path, schema, required }
    };
    properties.map(field).collect()
}

fn description(schema: &Value) -> String {
    let own = schema.get("description").or_else(|| plain(schema).get("description"));
    own.and_then(Value::as_str).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn heading(entry: &DeclarativeEntry, field: &Field<'_>) -> String {
    let mut text = format!("{} <{}>", field.name, shown_type(field.schema));
    if field.required {
        text.push_str(" -required-");
    }
    if entry.immutable.contains(&field.path.as_str()) {
        text.push_str(" -immutable-");
    }
    text
}

/// What a field may be, one line each.
fn details(entry: &DeclarativeEntry, field: &Field<'_>, indent: usize) -> String {
    let schema = plain(field.schema);
    let mut lines = Vec::new();
    let references = entry.references.iter().filter(|one| one.path.replace("[]", "") == field.path);
    lines.extend(references.map(|one| format!("Names a record: id or name of one of kind {}.", one.kind)));
    let words = words(schema);
    if !words.is_empty() {
        lines.push(format!("One of: {}.", words.join(", ")));
    }
    let bound = |name: &str| schema.get(name).filter(|bound| bound.is_number());
    match (bound("minimum"), bound("maximum")) {
        (Some(least), Some(most)) => lines.push(format!("From {least} to {most}.")),
        (Some(least), None) => lines.push(format!("At least {least}.")),
        _ => {}
    }
    let default = field.schema.get("default").filter(|value| !is_nothing(value));
    lines.extend(default.map(|value| format!("Default: {value}.")));
    lines.into_iter().map(|line| paragraph(&line, indent)).collect()
}

fn words(schema: &Value) -> Vec<String> {
    let list = |name: &str| schema.get(name).and_then(Value::as_array).into_iter().flatten();
    let consts = list("oneOf").filter_map(|one| one.get("const"));
    let meanings = list("oneOf").map(description);
    let described = consts.zip(meanings).map(|(word, meaning)| match meaning.trim_end_matches('.') {
        "" => word.to_string(),
        meaning => format!("{word} ({meaning})"),
    });
    list("enum").filter(|word| !word.is_null()).map(Value::to_string).chain(described).collect()
}

/// Whether a default says no more than that the field may be left out.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_nothing),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

fn list(entry: &DeclarativeEntry, fields: &[Field<'_>], text: &mut String) {
    for field in fields {
        put(text, format_args!("  {}\n{}", heading(entry, field), paragraph(&description(field.schema), 4)));
        text.push_str(&details(entry, field, 4));
    }
}

fn names(entry: &DeclarativeEntry, fields: &[Field<'_>], indent: usize, text: &mut String) {
    for field in fields {
        put(text, format_args!("{:indent$}{}\n", "", heading(entry, field)));
        if indent < DEEPEST * 2 {
            names(entry, &fields_of(field.schema, &field.path), indent + 2, text);
        }
    }
}

/// Lines that are not too long.
fn paragraph(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        if column > 0 && column + 1 + word.len() > WIDTH {
            lines.push('\n');
            column = 0;
        }
        if column == 0 {
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += word.chars().count();
    }
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines
}

/// Writing to a text cannot fail.
fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(what);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_what_was_meant() {
        for (known, written, near) in [
            ("cidrBlock", "cidrBlok", true),
            ("cidrBlock", "CIDRBLOCK", true),
            ("cidrBlock", "cidr", true),
            ("launchTemplate", "template", true),
            ("tags", "tag", true),
            ("tags", "ttl", false),
            ("cidrBlock", "vpcId", false),
        ] {
            assert_eq!(is_near(known, written), near, "{known} {written}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn long_texts_are_broken_between_words() {
        let text = paragraph(&"word ".repeat(40), 4);
        assert!(text.lines().all(|line| line.starts_with("    word") && line.len() <= WIDTH + 4), "{text}");
        assert_eq!(paragraph("", 4), "");
    }
}
