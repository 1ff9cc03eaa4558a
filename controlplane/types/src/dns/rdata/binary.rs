//! Types made of addresses and digests: A, AAAA, DS, SSHFP, TLSA.

use super::RdataError;
use super::fields::Fields;
use std::net::{Ipv4Addr, Ipv6Addr};

const IPV4: RdataError = RdataError::new("ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address");
const IPV6: RdataError = RdataError::new("AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address");
const DS_FIELDS: RdataError = RdataError::new("DSRRDATANotFourFields", "DS record doesn't have 4 fields");
const DS_NUMBER: RdataError = RdataError::new(
    "DSRRDATAIllegalNumber",
    "Key tag must be 0 to 65535, algorithm and digest type 0 to 255",
);
const DS_DIGEST: RdataError =
    RdataError::new("DSRRDATAIllegalDigest", "Digest must be hexadecimal and as long as its type says");
const SSHFP_FIELDS: RdataError =
    RdataError::new("SSHFPRRDATANotThreeFields", "SSHFP record doesn't have 3 fields");
const SSHFP_NUMBER: RdataError =
    RdataError::new("SSHFPRRDATAIllegalNumber", "Algorithm and fingerprint type must be 0 to 255");
const SSHFP_DIGEST: RdataError = RdataError::new(
    "SSHFPRRDATAIllegalFingerprint",
    "Fingerprint must be hexadecimal and as long as its type says",
);
const TLSA_FIELDS: RdataError =
    RdataError::new("TLSARRDATANotFourFields", "TLSA record doesn't have 4 fields");
const TLSA_NUMBER: RdataError =
    RdataError::new("TLSARRDATAIllegalNumber", "Usage, selector and matching type must be 0 to 255");
const TLSA_DIGEST: RdataError = RdataError::new(
    "TLSARRDATAIllegalData",
    "Certificate association data must be hexadecimal and as long as its matching type says",
);

/// A dotted quad without leading zeros.
pub(super) fn ipv4(value: &str, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    let address: Ipv4Addr = value.parse().map_err(|_| IPV4)?;
    wire.extend_from_slice(&address.octets());
    Ok(())
}

/// RFC 4291 text.
pub(super) fn ipv6(value: &str, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    let address: Ipv6Addr = value.parse().map_err(|_| IPV6)?;
    wire.extend_from_slice(&address.octets());
    Ok(())
}

/// `keytag algorithm digesttype digest` (RFC 4034 section 5).
pub(super) fn ds(fields: &mut Fields, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    let tag = fields.number(65535, DS_NUMBER)? as u16;
    wire.extend_from_slice(&tag.to_be_bytes());
    let kinds = octets::<2>(fields, wire, DS_NUMBER)?;
    let expected = match kinds[1] {
        1 => Some(20),
        2 | 3 => Some(32),
        4 => Some(48),
        _ => None,
    };
    digest(fields, wire, expected, DS_FIELDS, DS_DIGEST)
}

/// `algorithm fptype fingerprint` (RFC 4255, RFC 6594).
pub(super) fn sshfp(fields: &mut Fields, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    let kinds = octets::<2>(fields, wire, SSHFP_NUMBER)?;
    let expected = match kinds[1] {
        1 => Some(20),
        2 => Some(32),
        _ => None,
    };
    digest(fields, wire, expected, SSHFP_FIELDS, SSHFP_DIGEST)
}

/// `usage selector matching data` (RFC 6698).
pub(super) fn tlsa(fields: &mut Fields, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    let kinds = octets::<3>(fields, wire, TLSA_NUMBER)?;
    let expected = match kinds[2] {
        1 => Some(32),
        2 => Some(64),
        _ => None,
    };
    digest(fields, wire, expected, TLSA_FIELDS, TLSA_DIGEST)
}

fn octets<const N: usize>(
    fields: &mut Fields,
    wire: &mut Vec<u8>,
    wrong: RdataError,
) -> Result<[u8; N], RdataError> {
    let mut values = [0; N];
    for value in &mut values {
        *value = fields.number(255, wrong)? as u8;
    }
    wire.extend_from_slice(&values);
    Ok(values)
}

/// The rest of the value as hexadecimal octets; blanks may group the digits.
fn digest(
    fields: &mut Fields,
    wire: &mut Vec<u8>,
    expected: Option<usize>,
    missing: RdataError,
    wrong: RdataError,
) -> Result<(), RdataError> {
    let digits: Vec<u8> = fields.words().flat_map(str::bytes).collect();
    if digits.is_empty() {
        return Err(missing);
    }
    if !digits.len().is_multiple_of(2) || expected.is_some_and(|octets| octets * 2 != digits.len()) {
        return Err(wrong);
    }
    for pair in digits.chunks_exact(2) {
        wire.push(nibble(pair[0]).ok_or(wrong)? << 4 | nibble(pair[1]).ok_or(wrong)?);
    }
    Ok(())
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}
