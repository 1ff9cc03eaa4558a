//! Types made of quoted strings: TXT, SPF, CAA, NAPTR.

use super::RdataError;
use super::fields::{Fields, Root};

pub(super) const TOO_LONG: RdataError = RdataError::new("CharacterStringTooLong", "Value is too long");
pub(super) const NOT_QUOTED: RdataError =
    RdataError::new("InvalidCharacterString", "Value should be enclosed in quotation marks");
pub(super) const UNSUPPORTED: RdataError =
    RdataError::new("UnsupportedCharacter", "Value contains unsupported characters");
const CAA_FIELDS: RdataError = RdataError::new("CAARRDATANotThreeFields", "CAA record doesn't have 3 fields");
const CAA_FLAGS: RdataError = RdataError::new("CAARRDATAIllegalFlags", "Flags must be 0 to 255");
const CAA_TAG: RdataError = RdataError::new("CAARRDATAIllegalTag", "Tag must consist of A-Z, a-z and 0-9");
const NAPTR_FIELDS: RdataError =
    RdataError::new("NAPTRRRDATANotSixFields", "NAPTR record doesn't have 6 fields");
const NAPTR_NUMBER: RdataError =
    RdataError::new("NAPTRRRDATAIllegalNumber", "Order and preference must be 0 to 65535");
const NAPTR_FLAGS: RdataError =
    RdataError::new("NAPTRRRDATAIllegalFlags", "Flags must be A, P, S, U or empty");
const NAPTR_RULE: RdataError = RdataError::new(
    "NAPTRRRDATAIllegalReplacement",
    "Exactly one of regexp and replacement must be given; a replacement not given is a dot",
);

/// One or more strings of at most 255 octets.
pub(super) fn strings(fields: &mut Fields, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    loop {
        push_string(&fields.quoted()?, wire)?;
        if fields.is_empty() {
            return Ok(());
        }
    }
}

/// A `<character-string>`: its length in one octet, then its octets.
fn push_string(octets: &[u8], wire: &mut Vec<u8>) -> Result<(), RdataError> {
    wire.push(u8::try_from(octets.len()).map_err(|_| TOO_LONG)?);
    wire.extend_from_slice(octets);
    Ok(())
}

/// RFC 8659: the value is all that follows the tag, so it may be longer than 255 octets.
pub(super) fn caa(fields: &mut Fields, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    wire.push(fields.number(255, CAA_FLAGS)? as u8);
    let tag = fields.word(CAA_FIELDS)?.as_bytes();
    if !is_tag(tag) {
        return Err(CAA_TAG);
    }
    push_string(tag, wire)?;
    wire.extend_from_slice(&fields.quoted()?);
    fields.end(CAA_FIELDS)
}

/// RFC 8659 section 4.1.
pub(super) fn is_tag(tag: &[u8]) -> bool {
    (1..=255).contains(&tag.len()) && tag.iter().all(u8::is_ascii_alphanumeric)
}

/// RFC 3403. Route 53 wants a rule to be either rewritten by the expression or replaced, never both or neither.
pub(super) fn naptr(fields: &mut Fields, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    for _ in 0..2 {
        let number = fields.number(65535, NAPTR_NUMBER)? as u16;
        wire.extend_from_slice(&number.to_be_bytes());
    }
    let flags = fields.quoted()?;
    if !matches!(flags.to_ascii_uppercase().as_slice(), b"" | b"A" | b"P" | b"S" | b"U") {
        return Err(NAPTR_FLAGS);
    }
    push_string(&flags, wire)?;
    push_string(&fields.quoted()?, wire)?;
    let regexp = fields.quoted()?;
    push_string(&regexp, wire)?;
    let replacement = fields.name(Root::Allowed, NAPTR_FIELDS)?;
    if regexp.is_empty() == (replacement.len() == 1) {
        return Err(NAPTR_RULE);
    }
    wire.extend_from_slice(&replacement);
    fields.end(NAPTR_FIELDS)
}
