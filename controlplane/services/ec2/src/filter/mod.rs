//! EC2 filters: a list of names, each with values of which one has to match.
//!
//! A resource lists its filters as pairs of a name and a function from the shape it shows to values; the
//! filters on tags are the same everywhere and live here. Values are compared case-sensitively with `*` (any
//! text) and `?` (any one character); a backslash takes the meaning from the next character. An unknown name
//! is an error, as at AWS, also when there is nothing to filter: a filter that is silently left out would
//! show too much.

#[cfg(test)]
mod tests;

use crate::errors;
use crate::tag::Tag;
use controlplane_services_kernel::ServiceError;
use serde::{Deserialize, Serialize};

/// A filter as it is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Filter {
    /// Such as `vpc-id` or `tag:Name`.
    pub name: String,
    /// One of them has to match.
    pub values: Vec<String>,
}

/// A filter a resource knows: its name and the values a shown resource has under it.
pub type Field<D> = (&'static str, fn(&D) -> Vec<String>);

/// Something a describe action shows.
pub trait Described: Sized + 'static {
    /// Every filter but those on tags.
    const FILTERS: &'static [Field<Self>];

    /// Filters of AWS's on what nothing here has: known, and they match nothing.
    const ABSENT: &'static [&'static str] = &[];

    /// What it is listed and paged by.
    fn id(&self) -> &str;

    /// Its tags.
    fn tags(&self) -> &[Tag];
}

/// AWS's bound on the values of one filter.
const MAX_VALUES: usize = 200;

/// Filters that were checked.
pub struct Filters<D>(Vec<(Selector<D>, Vec<String>)>);

enum Selector<D> {
    Field(fn(&D) -> Vec<String>),
    Absent,
    TagKey,
    TagValue,
    Tag(String),
}

impl<D: Described> Filters<D> {
    /// Checks names and bounds.
    pub fn read(filters: Option<&[Filter]>) -> Result<Self, ServiceError> {
        filters.unwrap_or_default().iter().map(read_one).collect::<Result<_, _>>().map(Self)
    }

    /// Whether every filter matches.
    pub fn accept(&self, shown: &D) -> bool {
        self.0.iter().all(|(selector, patterns)| {
            let values = selector.values(shown);
            values.iter().any(|value| patterns.iter().any(|pattern| matches(pattern, value)))
        })
    }
}

fn read_one<D: Described>(filter: &Filter) -> Result<(Selector<D>, Vec<String>), ServiceError> {
    if filter.values.is_empty() {
        return Err(errors::filter_without_values(&filter.name));
    }
    if filter.values.len() > MAX_VALUES {
        return Err(errors::filter_limit_exceeded(MAX_VALUES));
    }
    Ok((selector(&filter.name)?, filter.values.clone()))
}

fn selector<D: Described>(name: &str) -> Result<Selector<D>, ServiceError> {
    if let Some(key) = name.strip_prefix("tag:").filter(|key| !key.is_empty()) {
        return Ok(Selector::Tag(key.to_owned()));
    }
    match name {
        "tag-key" => return Ok(Selector::TagKey),
        "tag-value" => return Ok(Selector::TagValue),
        _ => {}
    }
    if D::ABSENT.contains(&name) {
        return Ok(Selector::Absent);
    }
    let field = D::FILTERS.iter().find(|(known, _)| *known == name);
    field.map(|(_, values)| Selector::Field(*values)).ok_or_else(|| errors::unknown_filter(name))
}

impl<D: Described> Selector<D> {
    fn values(&self, shown: &D) -> Vec<String> {
        let tags = shown.tags().iter();
        match self {
            Self::Field(values) => values(shown),
            Self::Absent => Vec::new(),
            Self::TagKey => tags.map(|tag| tag.key.clone()).collect(),
            Self::TagValue => tags.map(|tag| tag.value.clone()).collect(),
            Self::Tag(key) => tags.filter(|tag| tag.key == *key).map(|tag| tag.value.clone()).collect(),
        }
    }
}

/// One value.
pub fn one(value: impl ToString) -> Vec<String> {
    vec![value.to_string()]
}

/// One value or none.
pub fn maybe(value: &Option<impl ToString>) -> Vec<String> {
    value.iter().map(ToString::to_string).collect()
}

/// Whether `text` matches `pattern`. Linear in practice and never worse than their product: on a mismatch
/// only the last `*` is tried again.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern = tokens(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Token::Any) => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(token) if token.is(text[t]) => (p, t) = (p + 1, t + 1),
            _ => match retry {
                Some((after, from)) => {
                    retry = Some((after, from + 1));
                    (p, t) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|token| matches!(token, Token::Any))
}

enum Token {
    Any,
    One,
    Char(char),
}

impl Token {
    fn is(&self, c: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Char(own) => *own == c,
        }
    }
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut chars = pattern.chars();
    let mut tokens = Vec::with_capacity(pattern.len());
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Char(chars.next().unwrap_or('\\')),
            c => Token::Char(c),
        });
    }
    tokens
}
