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

/// The items of a list in a header: parted by commas, those with a comma or a quote in quotes. `None` for one whose quotes
/// do not end.
pub(crate) fn header_items(text: &str) -> impl Iterator<Item = Option<Cow<'_, str>>> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let here = rest.take()?.trim_start();
        let Some(quoted) = here.strip_prefix('"') else {
            let (item, after) =
                here.split_once(',').map_or((here, None), |(item, after)| (item, Some(after)));
            rest = after;
            return Some(Some(Cow::Borrowed(item.trim_end())));
        };
        let Some((item, after)) = unquoted(quoted) else { return Some(None) };
        match after.trim_start().split_once(',') {
            Some(("", after)) => rest = Some(after),
            None if after.trim_start().is_empty() => {}
            _ => return Some(None),
        }
        Some(Some(Cow::Owned(item)))
    })
}

/// The text up to the quote that ends it, and what follows.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut item = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((item, &text[at + 1..])),
            '\\' => item.push(letters.next()?.1),
            letter => item.push(letter),
        }
    }
    None
}

/// Appends an item of such a list.
pub(crate) fn push_header_item(item: &str, out: &mut String) {
    if !out.is_empty() {
        out.push_str(", ");
    }
    // An item without a letter would be no item.
    if !item.is_empty() && !item.contains([',', '"']) {
        return out.push_str(item);
    }
    out.push('"');
    for letter in item.chars() {
        if matches!(letter, '"' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out.push('"');
}
