//! Text with wildcards and policy variables.
//!
//! `*` is any text, `?` any one character. In documents of version 2012-10-17 `${key}` stands for a value of the request and
//! `${key, 'default'}` has one for when there is none; `${*}`, `${?}` and `${$}` are the characters themselves.

use super::decide::Facts;
use super::key::ContextKey;
use std::borrow::Cow;

/// A parsed pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Box<[Part]>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    Any,
    One,
    Variable { key: ContextKey, default: Option<Box<str>> },
}

/// A part whose variable was looked up.
enum Piece<'a> {
    Text(Cow<'a, str>),
    Any,
    One,
}

/// A `${` without an end, or with nothing in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadVariable;

impl Pattern {
    /// Reads a pattern; `variables`: the document's version has them.
    pub(super) fn parse(text: &str, variables: bool) -> Result<Self, BadVariable> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if variables && let Some(inner) = rest.strip_prefix("${") {
                let (inside, after) = inner.split_once('}').ok_or(BadVariable)?;
                match variable(inside)? {
                    Ok(character) => plain.push(character),
                    Err(variable) => push(&mut parts, &mut plain, variable),
                }
                rest = after;
                continue;
            }
            match c {
                '*' => push(&mut parts, &mut plain, Part::Any),
                '?' => push(&mut parts, &mut plain, Part::One),
                c => plain.push(c),
            }
            rest = &rest[c.len_utf8()..];
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain.into()));
        }
        Ok(Self(parts.into()))
    }

    /// Reads text in which nothing but variables is special.
    pub(super) fn parse_literal(text: &str, variables: bool) -> Result<Self, BadVariable> {
        let Self(parts) = Self::parse(text, variables)?;
        let literal = parts.into_iter().map(|part| match part {
            Part::Any => Part::Text("*".into()),
            Part::One => Part::Text("?".into()),
            other => other,
        });
        Ok(Self(literal.collect()))
    }

    /// Whether `text` fits; not when a variable has no value. `fold`: without regard to ASCII case.
    pub(super) fn matches(&self, text: &str, fold: bool, facts: &Facts) -> bool {
        match &*self.0 {
            [] => text.is_empty(),
            [Part::Any] => true,
            [Part::Text(own)] => equal(own, text, fold),
            _ => self.resolve(facts).is_some_and(|pieces| fits(&pieces, text, fold)),
        }
    }

    /// The keys whose values it needs.
    pub(super) fn variables(&self) -> impl Iterator<Item = &ContextKey> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(key),
            _ => None,
        })
    }

    fn resolve<'a>(&'a self, facts: &'a Facts) -> Option<Vec<Piece<'a>>> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Any => Some(Piece::Any),
                Part::One => Some(Piece::One),
                Part::Text(text) => Some(Piece::Text(Cow::Borrowed(text))),
                Part::Variable { key, default } => {
                    let value = facts.only(key.folded()).or(default.as_deref())?;
                    Some(Piece::Text(Cow::Borrowed(value)))
                }
            })
            .collect()
    }
}

/// A character that is meant as itself, or a variable.
fn variable(inside: &str) -> Result<Result<char, Part>, BadVariable> {
    if let "*" | "?" | "$" = inside {
        return Ok(Ok(inside.chars().next().unwrap_or('$')));
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            (key.trim(), Some(quoted.ok_or(BadVariable)?.into()))
        }
        None => (inside.trim(), None),
    };
    if key.is_empty() {
        return Err(BadVariable);
    }
    Ok(Err(Part::Variable { key: ContextKey::new(key), default }))
}

fn push(parts: &mut Vec<Part>, plain: &mut String, part: Part) {
    if !plain.is_empty() {
        parts.push(Part::Text(std::mem::take(plain).into()));
    }
    // Two in a row say no more than one, and cost more.
    if part != Part::Any || parts.last() != Some(&Part::Any) {
        parts.push(part);
    }
}

fn equal(own: &str, text: &str, fold: bool) -> bool {
    if fold { own.eq_ignore_ascii_case(text) } else { own == text }
}

/// Matching with one place to come back to: the newest `*` takes one character more each time, so the work is at most the
/// length of the pattern times that of the text, whatever an attacker writes.
fn fits(pieces: &[Piece<'_>], text: &str, fold: bool) -> bool {
    let (mut piece, mut rest) = (0, text);
    let mut back: Option<(usize, &str)> = None;
    loop {
        let step = match pieces.get(piece) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Piece::Any) => {
                back = Some((piece + 1, rest));
                Some(rest)
            }
            Some(Piece::One) => rest.chars().next().map(|c| &rest[c.len_utf8()..]),
            Some(Piece::Text(own)) => begins(rest, own, fold),
        };
        match (step, back) {
            (Some(after), _) => (piece, rest) = (piece + 1, after),
            (None, Some((after_star, taken))) => {
                let Some(c) = taken.chars().next() else { return false };
                let taken = &taken[c.len_utf8()..];
                back = Some((after_star, taken));
                (piece, rest) = (after_star, taken);
            }
            (None, None) => return false,
        }
    }
}

fn begins<'t>(text: &'t str, own: &str, fold: bool) -> Option<&'t str> {
    let (head, tail) = text.split_at_checked(own.len())?;
    equal(own, head, fold).then_some(tail)
}
