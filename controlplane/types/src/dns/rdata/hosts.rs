//! Types made of names and numbers: NS, CNAME, PTR, SOA, MX, SRV.

use super::RdataError;
use super::fields::{Fields, Root};

const ONE_NAME: RdataError = RdataError::new("DomainNameEmpty", "Domain name is empty");
const NAME_BLANK: RdataError =
    RdataError::new("UnsupportedCharacter", "Value contains unsupported characters");
const SOA_FIELDS: RdataError = RdataError::new("SOARRDATANotSevenFields", "SOA record doesn't have 7 fields");
const SOA_NUMBER: RdataError =
    RdataError::new("SOARRDATAIllegalNumber", "SOA numbers must be 0 to 4294967295");
const MX_FIELDS: RdataError = RdataError::new("MXRRDATANotTwoFields", "MX record doesn't have 2 fields");
const MX_PRIORITY: RdataError = RdataError::new("MXRRDATAIllegalPriority", "Priority must be 0 to 65535");
const SRV_FIELDS: RdataError = RdataError::new("SRVRRDATANotFourFields", "SRV record doesn't have 4 fields");
const SRV_NUMBER: RdataError =
    RdataError::new("SRVRRDATAIllegalNumber", "Priority, weight and port must be 0 to 65535");

/// One name.
pub(super) fn host(fields: &mut Fields, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    wire.extend_from_slice(&fields.name(Root::Refused, ONE_NAME)?);
    fields.end(NAME_BLANK)
}

/// `mname rname serial refresh retry expire minimum`.
pub(super) fn soa(fields: &mut Fields, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    for _ in 0..2 {
        wire.extend_from_slice(&fields.name(Root::Refused, SOA_FIELDS)?);
    }
    for _ in 0..5 {
        if fields.is_empty() {
            return Err(SOA_FIELDS);
        }
        wire.extend_from_slice(&fields.number(u32::MAX, SOA_NUMBER)?.to_be_bytes());
    }
    fields.end(SOA_FIELDS)
}

/// `priority name`; the name `.` says that the domain takes no mail (RFC 7505).
pub(super) fn mx(fields: &mut Fields, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    numbers(1, fields, wire, MX_FIELDS, MX_PRIORITY)?;
    wire.extend_from_slice(&fields.name(Root::Allowed, MX_FIELDS)?);
    fields.end(MX_FIELDS)
}

/// `priority weight port name`; the name `.` says that there is no such service (RFC 2782).
pub(super) fn srv(fields: &mut Fields, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    numbers(3, fields, wire, SRV_FIELDS, SRV_NUMBER)?;
    wire.extend_from_slice(&fields.name(Root::Allowed, SRV_FIELDS)?);
    fields.end(SRV_FIELDS)
}

/// `count` numbers of 16 bits each.
fn numbers(
    count: usize,
    fields: &mut Fields,
    wire: &mut Vec<u8>,
    missing: RdataError,
    wrong: RdataError,
) -> Result<(), RdataError> {
    for _ in 0..count {
        if fields.is_empty() {
            return Err(missing);
        }
        wire.extend_from_slice(&(fields.number(65535, wrong)? as u16).to_be_bytes());
    }
    Ok(())
}
