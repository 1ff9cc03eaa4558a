//! Record data: Route 53's presentation form to wire form and back (route53.md sections 1 and 2).
//!
//! Own parsers rather than a zone-file library, because the rules differ: escapes are octal, text must stand in
//! quotes, names are never relative, and each refusal has to carry the problem code of Route 53, which clients
//! print. The codes seen in public are used literally (`ARRDATAIllegalIPv4Address`, `CharacterStringTooLong`,
//! `InvalidCharacterString`, `DomainNameEmpty`, `UnsupportedCharacter`); the others follow their pattern.
//!
//! Names inside values keep their case and are never compressed here; compression is the server's affair.

mod binary;
mod fields;
mod hosts;
mod show;
mod svcb;
mod text;

use super::RecordType;
use fields::Fields;

/// Longest `Value` (route53.md section 1.4).
pub const MAX_VALUE: usize = 4000;

/// A value Route 53 refuses, as in `FATAL problem: <code> (<text>) encountered with '<value>'`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} ({text})")]
pub struct RdataError {
    /// Name of the problem.
    pub code: &'static str,
    /// Sentence about the problem.
    pub text: &'static str,
}

impl RdataError {
    const fn new(code: &'static str, text: &'static str) -> Self {
        Self { code, text }
    }

    /// The text of a `FATAL problem` about `value`.
    pub fn problem(self, value: &str) -> String {
        format!("FATAL problem: {} ({}) encountered with '{value}'", self.code, self.text)
    }
}

impl From<super::NameError> for RdataError {
    fn from(error: super::NameError) -> Self {
        Self::new(error.code(), error.text())
    }
}

/// Wire form of `value`, without its length. `kind` is the type's text, such as `MX`.
pub fn parse(kind: &str, value: &str) -> Result<Vec<u8>, RdataError> {
    const UNKNOWN: RdataError = RdataError::new("UnknownRRType", "Record type is not supported");
    parse_as(RecordType::parse(kind).ok_or(UNKNOWN)?, value)
}

/// [`parse`] for a type already known.
pub fn parse_as(kind: RecordType, value: &str) -> Result<Vec<u8>, RdataError> {
    if value.chars().count() > MAX_VALUE {
        return Err(text::TOO_LONG);
    }
    let mut fields = Fields::new(value);
    let mut wire = Vec::with_capacity(value.len());
    match kind {
        RecordType::A => binary::ipv4(value, &mut wire)?,
        RecordType::Aaaa => binary::ipv6(value, &mut wire)?,
        RecordType::Ns | RecordType::Cname | RecordType::Ptr => hosts::host(&mut fields, &mut wire)?,
        RecordType::Soa => hosts::soa(&mut fields, &mut wire)?,
        RecordType::Mx => hosts::mx(&mut fields, &mut wire)?,
        RecordType::Srv => hosts::srv(&mut fields, &mut wire)?,
        RecordType::Naptr => text::naptr(&mut fields, &mut wire)?,
        RecordType::Txt | RecordType::Spf => text::strings(&mut fields, &mut wire)?,
        RecordType::Caa => text::caa(&mut fields, &mut wire)?,
        RecordType::Ds => binary::ds(&mut fields, &mut wire)?,
        RecordType::Sshfp => binary::sshfp(&mut fields, &mut wire)?,
        RecordType::Tlsa => binary::tlsa(&mut fields, &mut wire)?,
        RecordType::Svcb | RecordType::Https => svcb::parse(&mut fields, &mut wire)?,
    }
    Ok(wire)
}

/// The presentation form of record data, as Route 53 would print it; `None` if the octets are no data of that type.
pub fn format(kind: RecordType, wire: &[u8]) -> Option<String> {
    show::format(kind, wire)
}

#[cfg(test)]
mod tests;
