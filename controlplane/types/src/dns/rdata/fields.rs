//! The fields of a value: words and quoted strings, separated by blanks.

use super::super::name;
use super::RdataError;
use super::text::{NOT_QUOTED, UNSUPPORTED};

/// Reads fields from left to right.
pub(super) struct Fields<'a> {
    rest: &'a str,
}

impl<'a> Fields<'a> {
    pub(super) fn new(value: &'a str) -> Self {
        Self { rest: value.trim_matches(is_blank) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next run of octets without blanks; quotes have no meaning here.
    pub(super) fn word(&mut self, missing: RdataError) -> Result<&'a str, RdataError> {
        let end = self.rest.find(is_blank).unwrap_or(self.rest.len());
        if end == 0 {
            return Err(missing);
        }
        Ok(self.take(end))
    }

    /// A number of at most `max`.
    pub(super) fn number(&mut self, max: u32, wrong: RdataError) -> Result<u32, RdataError> {
        let word = self.word(wrong)?;
        let digits = word.bytes().all(|octet| octet.is_ascii_digit());
        word.parse().ok().filter(|value| digits && *value <= max).ok_or(wrong)
    }

    /// A name in wire form; the root only where `.` has a meaning of its own.
    pub(super) fn name(&mut self, root: Root, missing: RdataError) -> Result<Vec<u8>, RdataError> {
        let wire = name::parse(self.word(missing)?)?;
        match (root, wire.len()) {
            (Root::Refused, 1) => Err(name::NameError::Empty.into()),
            _ => Ok(wire),
        }
    }

    /// The octets of a string in quotes. `\"`, `\\` and three octal digits are the escapes.
    pub(super) fn quoted(&mut self) -> Result<Vec<u8>, RdataError> {
        let inner = self.rest.strip_prefix('"').ok_or(NOT_QUOTED)?;
        let (octets, length) = unescape(inner.as_bytes(), Quoted::Yes)?;
        let end = 1 + length + 1;
        self.blank_follows(end)?;
        self.take(end);
        Ok(octets)
    }

    /// A word, or the part of it that stands before an opening quotation mark (`key=` of `key="value"`), and
    /// whether that mark comes next.
    pub(super) fn param(&mut self, missing: RdataError) -> Result<(&'a str, bool), RdataError> {
        let end = self.rest.find(is_blank).unwrap_or(self.rest.len());
        match self.rest[..end].find("=\"") {
            Some(equals) => Ok((self.take(equals + 1), true)),
            None => Ok((self.word(missing)?, false)),
        }
    }

    /// `"a""b"` is refused: a blank has to stand between two strings.
    fn blank_follows(&self, end: usize) -> Result<(), RdataError> {
        match self.rest[end..].chars().next() {
            Some(next) if !is_blank(next) => Err(NOT_QUOTED),
            _ => Ok(()),
        }
    }

    /// All that is left, as words.
    pub(super) fn words(&mut self) -> impl Iterator<Item = &'a str> {
        std::mem::take(&mut self.rest).split(is_blank).filter(|word| !word.is_empty())
    }

    /// Refuses what stands after the last field.
    pub(super) fn end(&self, wrong: RdataError) -> Result<(), RdataError> {
        if self.rest.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn take(&mut self, end: usize) -> &'a str {
        let (field, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start_matches(is_blank);
        field
    }
}

/// Whether the root is a name here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    Allowed,
    Refused,
}

/// Whether a text ends at a quotation mark or at its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoted {
    Yes,
    No,
}

/// The octets `text` stands for, and how much of it was read. Everything printable stands for itself but `"` and
/// `\\`; a blank only inside quotation marks.
pub(super) fn unescape(text: &[u8], quoted: Quoted) -> Result<(Vec<u8>, usize), RdataError> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        let (octet, after) = match (rest, quoted) {
            ([b'"', ..], Quoted::Yes) | ([], Quoted::No) => return Ok((octets, text.len() - rest.len())),
            ([b'"', ..], Quoted::No) | ([], Quoted::Yes) => return Err(NOT_QUOTED),
            ([b'\\', escaped @ (b'"' | b'\\'), after @ ..], _) => (*escaped, after),
            ([b'\\', after @ ..], _) => name::octal(after).ok_or(UNSUPPORTED)?,
            ([b' ', after @ ..], Quoted::Yes) => (b' ', after),
            ([octet @ 33..=126, after @ ..], _) => (*octet, after),
            _ => return Err(UNSUPPORTED),
        };
        octets.push(octet);
        rest = after;
    }
}

fn is_blank(char: char) -> bool {
    char == ' ' || char == '\t'
}
