//! Which records are wanted, by their tags: `tier=web,stage!=test,backup,!old,zone in (a,b)`.

use serde_json::Value;

/// Conditions of which every one has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    tag: String,
    wanted: Wanted,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Present,
    Absent,
    In(Vec<String>),
    /// Absent, or another value.
    NotIn(Vec<String>),
}

impl Selector {
    /// Reads conditions with commas between them.
    pub fn parse(text: &str) -> Result<Self, String> {
        split(text).into_iter().map(Condition::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a record with these tags is one of these.
    pub fn selects(&self, tags: Option<&Value>) -> bool {
        self.0.iter().all(|condition| {
            let value = tags.and_then(|tags| tags.get(&condition.tag)).and_then(Value::as_str);
            condition.wanted.holds(value)
        })
    }
}

impl Wanted {
    fn holds(&self, value: Option<&str>) -> bool {
        let is_in = |values: &[String]| values.iter().any(|wanted| Some(wanted.as_str()) == value);
        match self {
            Self::Present => value.is_some(),
            Self::Absent => value.is_none(),
            Self::In(values) => is_in(values),
            Self::NotIn(values) => !is_in(values),
        }
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let one = |value: &str| vec![value.trim().to_owned()];
        let (tag, wanted) = if let Some((tag, value)) = text.split_once("!=") {
            (tag, Wanted::NotIn(one(value)))
        } else if let Some((tag, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
            (tag, Wanted::In(one(value)))
        } else if let Some((tag, values)) = text.split_once(" notin ") {
            (tag, Wanted::NotIn(listed(values)?))
        } else if let Some((tag, values)) = text.split_once(" in ") {
            (tag, Wanted::In(listed(values)?))
        } else if let Some(tag) = text.strip_prefix('!') {
            (tag, Wanted::Absent)
        } else {
            (text, Wanted::Present)
        };
        match tag.trim() {
            "" => Err(format!("{text:?} names no tag")),
            tag => Ok(Self { tag: tag.to_owned(), wanted }),
        }
    }
}

/// At commas that are not in parentheses.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .collect()
}

/// `(a, b)`
fn listed(text: &str) -> Result<Vec<String>, String> {
    let inside = text.trim().strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let inside = inside.ok_or_else(|| format!("{text:?} is no list: (a,b)"))?;
    Ok(inside.split(',').map(|value| value.trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_are_selected_by_tags() {
        let web = json!({"tier": "web", "old": "yes"});
        let bare = json!({});
        let cases = [
            ("tier=web", true, false),
            ("tier==web", true, false),
            ("tier=app", false, false),
            ("tier!=app", true, true),
            ("tier!=web", false, true),
            ("tier", true, false),
            ("!tier", false, true),
            ("tier in (app, web)", true, false),
            ("tier notin (app,web)", false, true),
            ("tier=web,old=yes", true, false),
            ("tier in (web,app),!old", false, false),
        ];
        for (text, is_web, is_bare) in cases {
            let selector = Selector::parse(text).unwrap();
            assert_eq!(selector.selects(None), is_bare, "{text}");
            assert_eq!(
                (selector.selects(Some(&web)), selector.selects(Some(&bare))),
                (is_web, is_bare),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for text in ["", "=web", "a=b,", "tier in web", "!"] {
            assert!(Selector::parse(text).is_err(), "{text}");
        }
    }
}
