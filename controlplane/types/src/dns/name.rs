//! Domain names: Route 53's escaped text and the wire form.
//!
//! What a reader gets wrong: the escapes are **octal** (`\052` is `*`), not the decimal ones of zone files, and on
//! output every octet except `a-z 0-9 - _` is escaped, a wildcard's star included. A name of a record set is
//! lower-cased on the way in; a name *inside a value* keeps its case, because Route 53 keeps values as given.

use std::fmt;

/// Longest name in wire form, length octets and root included (RFC 1035 section 2.3.4).
pub const MAX_WIRE: usize = 255;

/// Longest label.
pub const MAX_LABEL: usize = 63;

/// Why a text is no domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or nothing but the root where a name is needed.
    #[error("Domain name is empty")]
    Empty,
    /// Two dots in a row, or one in front.
    #[error("Domain label is empty")]
    LabelEmpty,
    /// More than 63 octets between two dots.
    #[error("Domain label is too long")]
    LabelTooLong,
    /// More than 255 octets in all.
    #[error("Domain name is too long")]
    TooLong,
    /// An octet that has to be written as an escape.
    #[error("Value contains unsupported characters")]
    UnsupportedCharacter,
    /// A backslash without three octal digits up to 377 after it.
    #[error("Value contains an invalid escape: three octal digits have to follow a backslash")]
    BadEscape,
    /// Octets that are no name in wire form.
    #[error("not a domain name in wire form")]
    BadWire,
}

impl NameError {
    /// Route 53's name of the problem, as in `FATAL problem: <code> (<text>) encountered with ...`.
    pub fn code(self) -> &'static str {
        match self {
            NameError::Empty => "DomainNameEmpty",
            NameError::LabelEmpty => "DomainLabelEmpty",
            NameError::LabelTooLong => "DomainLabelTooLong",
            NameError::TooLong => "DomainNameTooLong",
            NameError::UnsupportedCharacter => "UnsupportedCharacter",
            NameError::BadEscape => "InvalidEscapeSequence",
            NameError::BadWire => "InvalidDomainName",
        }
    }

    /// Route 53's sentence about the problem.
    pub fn text(self) -> &'static str {
        match self {
            NameError::Empty => "Domain name is empty",
            NameError::LabelEmpty => "Domain label is empty",
            NameError::LabelTooLong => "Domain label is too long",
            NameError::TooLong => "Domain name is too long",
            NameError::UnsupportedCharacter => "Value contains unsupported characters",
            NameError::BadEscape => "Value contains an invalid escape sequence",
            NameError::BadWire => "Value is not a domain name",
        }
    }
}

/// A fully qualified, lower-case domain name; holds the wire form. Displayed as Route 53 prints it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Box<[u8]>);

impl Name {
    /// Reads Route 53's text; the trailing dot may be missing, letters become lower case.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut wire = parse(text)?;
        wire.make_ascii_lowercase();
        Ok(Self(wire.into()))
    }

    /// Reads one uncompressed name that fills `wire` exactly; letters become lower case.
    pub fn from_wire(wire: &[u8]) -> Result<Self, NameError> {
        match wire_len(wire) {
            Some(len) if len == wire.len() => Ok(Self(wire.to_ascii_lowercase().into())),
            _ => Err(NameError::BadWire),
        }
    }

    /// Length-prefixed labels, the root's zero octet last.
    pub fn as_wire(&self) -> &[u8] {
        &self.0
    }

    /// The labels, leftmost first, without the root.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        labels(&self.0).collect::<Vec<_>>().into_iter()
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// Whether the leftmost label is `*` alone, the only place where a star is a wildcard.
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with(b"\x01*")
    }

    /// The name without its leftmost label; the root has none.
    pub fn parent(&self) -> Option<Name> {
        let first = usize::from(*self.0.first()?);
        (first > 0).then(|| Name(self.0[first + 1..].into()))
    }

    /// Whether this is `ancestor` or lies below it.
    pub fn is_within(&self, ancestor: &Name) -> bool {
        suffixes(&self.0).any(|suffix| *suffix == *ancestor.0)
    }

    /// The key of Route 53's listings: labels reversed, as **one string** with its dots. `com.example-a.` comes
    /// before `com.example.` because `-` < `.`; comparing lists of labels would get that wrong.
    pub fn listing_key(&self) -> String {
        let mut key = String::with_capacity(self.0.len());
        for label in self.labels().rev() {
            escape_label(label, &mut key);
            key.push('.');
        }
        key
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format(&self.0))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format(&self.0))
    }
}

/// Route 53's text to wire form, keeping the case. `.` is the root; the trailing dot may be missing.
pub fn parse(text: &str) -> Result<Vec<u8>, NameError> {
    match text {
        "" => return Err(NameError::Empty),
        "." => return Ok(vec![0]),
        _ => {}
    }
    let mut rest = text.strip_suffix('.').unwrap_or(text).as_bytes();
    let mut wire = Vec::with_capacity(rest.len() + 2);
    loop {
        let label = wire.len();
        wire.push(0);
        rest = take_label(rest, &mut wire)?;
        wire[label] = label_length(wire.len() - label - 1)?;
        match rest.split_first() {
            Some((_, after_dot)) => rest = after_dot,
            None => break,
        }
    }
    wire.push(0);
    if wire.len() > MAX_WIRE { Err(NameError::TooLong) } else { Ok(wire) }
}

/// Appends the octets up to the next dot; gives what is left, the dot first.
fn take_label<'a>(mut rest: &'a [u8], wire: &mut Vec<u8>) -> Result<&'a [u8], NameError> {
    loop {
        match rest {
            [] | [b'.', ..] => return Ok(rest),
            [b'\\', after @ ..] => {
                let (octet, after) = octal(after).ok_or(NameError::BadEscape)?;
                wire.push(octet);
                rest = after;
            }
            [octet @ 33..=126, after @ ..] => {
                wire.push(*octet);
                rest = after;
            }
            _ => return Err(NameError::UnsupportedCharacter),
        }
    }
}

fn label_length(len: usize) -> Result<u8, NameError> {
    match len {
        0 => Err(NameError::LabelEmpty),
        1..=MAX_LABEL => Ok(len as u8),
        _ => Err(NameError::LabelTooLong),
    }
}

/// Three octal digits, `000` to `377`, and what follows them.
pub(super) fn octal(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = text.split_at_checked(3)?;
    let mut value = 0u32;
    for digit in digits {
        if !(b'0'..=b'7').contains(digit) {
            return None;
        }
        value = value * 8 + u32::from(digit - b'0');
    }
    u8::try_from(value).ok().map(|octet| (octet, rest))
}

/// Wire form to Route 53's text, with the trailing dot and the case kept. `wire` has to be one well-formed name.
pub fn format(wire: &[u8]) -> String {
    let mut text = String::with_capacity(wire.len());
    for label in labels(wire) {
        escape_label(label, &mut text);
        text.push('.');
    }
    if text.is_empty() {
        text.push('.');
    }
    text
}

fn escape_label(label: &[u8], text: &mut String) {
    for octet in label {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => text.push(char::from(*octet)),
            _ => push_octal(*octet, text),
        }
    }
}

pub(super) fn push_octal(octet: u8, text: &mut String) {
    text.push('\\');
    for shift in [6, 3, 0] {
        text.push(char::from(b'0' + (octet >> shift & 7)));
    }
}

/// The labels of a name in wire form, leftmost first; stops at the root or where the octets end.
pub fn labels(wire: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = wire;
    std::iter::from_fn(move || {
        let (len, after) = rest.split_first()?;
        let (label, after) = after.split_at_checked(usize::from(*len))?;
        rest = after;
        (!label.is_empty()).then_some(label)
    })
}

/// A name in wire form and each of its ancestors, the root last.
pub fn suffixes(wire: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(wire), |name| {
        let len = usize::from(*name.first()?);
        if len == 0 { None } else { name.get(len + 1..) }
    })
}

/// Length of the uncompressed name at the front of `wire`, its root octet included; `None` if there is no
/// well-formed one.
pub fn wire_len(wire: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let len = usize::from(*wire.get(at)?);
        at += len + 1;
        match len {
            0 => return Some(at),
            _ if len > MAX_LABEL || at >= MAX_WIRE => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
