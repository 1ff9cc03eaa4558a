//! Text made of fields, as `kubectl -o jsonpath=` takes it: `{.metadata.name}{"\n"}`, `{range .items[*]}...{end}`.
//!
//! Paths are those of RFC 9535; one that begins with a dot or a bracket begins at the object, or inside of a range at
//! the item. A field that is not there is nothing.

use serde_json::Value;
use serde_json_path::JsonPath;

/// A template that was understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Field(JsonPath),
    Range(JsonPath, Vec<Part>),
}

impl Template {
    /// Reads a template; without braces it is one path.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if !text.contains('{') {
            return Ok(Self(vec![Part::Field(path(text)?)]));
        }
        let mut rest = text;
        let parts = parts(&mut rest, false)?;
        Ok(Self(parts))
    }

    /// The text for one object.
    pub(crate) fn fill(&self, object: &Value) -> String {
        let mut text = String::new();
        fill(&self.0, object, &mut text);
        text
    }
}

/// A path: RFC 9535, and shorter ones that begin at the object.
pub(crate) fn path(text: &str) -> Result<JsonPath, String> {
    let text = text.trim();
    let whole = match text.chars().next() {
        Some('$') => text.to_owned(),
        Some('@') => format!("${}", &text[1..]),
        Some('.') if text == "." => "$".to_owned(),
        Some('.' | '[') => format!("${text}"),
        _ => return Err(format!("{text:?} is no path: one begins with a dot, as in .metadata.name")),
    };
    JsonPath::parse(&whole).map_err(|error| format!("{text:?} is no path: {error}"))
}

/// What a path finds, strings bare and everything else as JSON, with spaces between.
pub(crate) fn found(path: &JsonPath, object: &Value) -> String {
    let texts = path.query(object).into_iter().map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    texts.collect::<Vec<_>>().join(" ")
}

fn fill(parts: &[Part], object: &Value, text: &mut String) {
    for part in parts {
        match part {
            Part::Text(words) => text.push_str(words),
            Part::Field(path) => text.push_str(&found(path, object)),
            Part::Range(path, parts) => {
                path.query(object).into_iter().for_each(|item| fill(parts, item, text));
            }
        }
    }
}

/// Parts up to the end of the text, or of the range they are in.
fn parts(rest: &mut &str, in_range: bool) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let Some(open) = rest.find('{') else {
            parts.push(Part::Text(std::mem::take(rest).to_owned()));
            break;
        };
        if open > 0 {
            parts.push(Part::Text(rest[..open].to_owned()));
        }
        let (inside, behind) = braced(&rest[open + 1..])?;
        *rest = behind;
        match inside.trim() {
            "end" if in_range => return Ok(parts),
            "end" => return Err("{end} without {range}".to_owned()),
            inside => match inside.strip_prefix("range ") {
                Some(items) => parts.push(Part::Range(path(items)?, self::parts(rest, true)?)),
                None => parts.push(literal(inside).map_or_else(|| path(inside).map(Part::Field), Ok)?),
            },
        }
    }
    if in_range { Err("{range} without {end}".to_owned()) } else { Ok(parts) }
}

/// What lies before the brace that closes, and behind it. Braces in quotes close nothing.
fn braced(text: &str) -> Result<(&str, &str), String> {
    let mut quote = None;
    let mut escaped = false;
    for (place, letter) in text.char_indices() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '}') => return Ok((&text[..place], &text[place + 1..])),
            (None, _) => {}
        }
    }
    Err(format!("{{{text} has no closing brace"))
}

/// Words in quotes; `\n` and `\t` mean what they do elsewhere.
fn literal(text: &str) -> Option<Part> {
    let quote = text.chars().next().filter(|letter| ['"', '\''].contains(letter))?;
    let words = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut bare = String::new();
    let mut letters = words.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next()? {
                'n' => bare.push('\n'),
                't' => bare.push('\t'),
                other => bare.push(other),
            },
            (letter, false) => bare.push(letter),
        }
    }
    Some(Part::Text(bare))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filled(template: &str) -> String {
        let object = json!({"items": [
            {"metadata": {"name": "a"}, "status": {"count": 1, "tags": ["x", "y"]}},
            {"metadata": {"name": "b"}, "status": {"count": 2, "ready": true}},
        ]});
        Template::parse(template).unwrap().fill(&object)
    }

    #[test]
    fn fields_are_filled_in() {
        assert_eq!(filled("{.items[*].metadata.name}"), "a b");
        assert_eq!(filled(".items[0].metadata.name"), "a");
        assert_eq!(filled("{$.items[-1].status.count}!"), "2!");
        assert_eq!(filled("{.items[0].status.tags}"), r#"["x","y"]"#);
        assert_eq!(filled(r#"{.items[?(@.metadata.name=="b")].status.ready}"#), "true");
        assert_eq!(filled("{.items[0].absent}"), "");
    }

    #[test]
    fn ranges_are_filled_in_for_each() {
        let lines = filled(r#"{range .items[*]}{.metadata.name}{"\t"}{@.status.count}{"\n"}{end}."#);
        assert_eq!(lines, "a\t1\nb\t2\n.");
        assert_eq!(filled("{range .items[*]}{range .status.tags[*]}<{@}>{end};{end}"), "<x><y>;;");
    }

    #[test]
    fn braces_in_quotes_are_words() {
        assert_eq!(filled(r#"{"}"}{'{'}"#), "}{");
        assert_eq!(filled(r#"{"say \"hi\""}"#), r#"say "hi""#);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            ("{.items", "no closing brace"),
            ("{range .items[*]}", "{range} without {end}"),
            ("{end}", "{end} without {range}"),
            ("metadata.name", "begins with a dot"),
            ("{.items[}", "is no path"),
        ];
        for (template, expected) in cases {
            let error = Template::parse(template).unwrap_err();
            assert!(error.contains(expected), "{template}: {error}");
        }
    }
}
