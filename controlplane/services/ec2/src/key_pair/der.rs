//! As much of DER (X.690) as keys need.
//!
//! Two numbers and an algorithm are not worth a library of ASN.1. What is read comes from callers, so the reader takes
//! definite lengths in their only legal form and nothing else.

/// SEQUENCE.
pub(super) const SEQUENCE: u8 = 0x30;
/// INTEGER.
pub(super) const INTEGER: u8 = 0x02;
/// BIT STRING.
pub(super) const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub(super) const OCTET_STRING: u8 = 0x04;

/// OBJECT IDENTIFIER rsaEncryption and its NULL parameter (RFC 8017, appendix A.1).
pub(super) const RSA_ENCRYPTION: [u8; 13] =
    [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// OBJECT IDENTIFIER id-Ed25519 (RFC 8410).
pub(super) const ED25519: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];

/// A value with its tag and length.
pub(super) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    let mut value = vec![tag];
    if content.len() >= 0x80 {
        value.push(0x80 | significant.len() as u8);
    }
    value.extend(significant);
    value.extend(content);
    value
}

/// The content of an INTEGER that is not negative; SSH's `mpint` has the same.
pub(super) fn unsigned(number: &[u8]) -> Vec<u8> {
    let significant = number.iter().position(|byte| *byte != 0).map_or(&[][..], |start| &number[start..]);
    let sign = significant.first().is_none_or(|byte| *byte >= 0x80);
    let mut content = if sign { vec![0] } else { Vec::new() };
    content.extend(significant);
    content
}

/// Takes values off the front of its bytes.
pub(super) struct Values<'b>(pub(super) &'b [u8]);

impl<'b> Values<'b> {
    /// The content of the next value, if it has this tag.
    pub(super) fn next(&mut self, tag: u8) -> Option<&'b [u8]> {
        let (found, rest) = self.0.split_first()?;
        let (length, rest) = length(rest)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (*found == tag).then_some(content)
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((usize::from(*first), rest));
    }
    let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    // Two digits are more than any key has; longer or padded forms are not DER.
    if digits.is_empty() || digits.len() > 2 || digits[0] == 0 {
        return None;
    }
    let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
    (length >= 0x80).then_some((length, rest))
}
