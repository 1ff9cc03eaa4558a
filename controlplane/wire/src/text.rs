//! Percent encoding, both ways, as RFC 3986 and form bodies have it.

use std::borrow::Cow;

/// Decodes `%41`; `None` if an escape is broken or the result is not UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let (&[high, low], tail) = tail.split_first_chunk()?;
            bytes.push(hex_value(high)? << 4 | hex_value(low)?);
            rest = tail;
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// Decodes a form's key or value, where `+` is a space.
pub(crate) fn form_decode(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('+') {
        return percent_decode(&text.replace('+', " ")).map(|decoded| Cow::Owned(decoded.into_owned()));
    }
    percent_decode(text)
}

fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Appends `text` with everything encoded but unreserved characters and those in `keep`.
pub(crate) fn percent_encode(text: &str, keep: &[u8], out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// The pairs of a query string or form body, still encoded.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let pieces = text.split('&').filter(|piece| !piece.is_empty());
    pieces.map(|piece| piece.split_once('=').unwrap_or((piece, "")))
}
