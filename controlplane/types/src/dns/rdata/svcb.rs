//! SVCB and HTTPS (RFC 9460), with Route 53's octal escapes inside quoted parameter values.

use super::RdataError;
use super::fields::{Fields, Quoted, Root, unescape};
use super::text::{NOT_QUOTED, TOO_LONG};
use base64::Engine;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Parameters with a name (RFC 9460 section 14.3.2); others are written `key<number>`.
pub(super) const KEYS: &[(&str, u16)] = &[
    ("mandatory", MANDATORY),
    ("alpn", ALPN),
    ("no-default-alpn", NO_DEFAULT_ALPN),
    ("port", PORT),
    ("ipv4hint", IPV4_HINT),
    ("ech", ECH),
    ("ipv6hint", IPV6_HINT),
];
pub(super) const MANDATORY: u16 = 0;
pub(super) const ALPN: u16 = 1;
pub(super) const NO_DEFAULT_ALPN: u16 = 2;
pub(super) const PORT: u16 = 3;
pub(super) const IPV4_HINT: u16 = 4;
pub(super) const ECH: u16 = 5;
pub(super) const IPV6_HINT: u16 = 6;

const FIELDS: RdataError =
    RdataError::new("SVCBRRDATANotEnoughFields", "SVCB and HTTPS records need a priority and a target name");
const PRIORITY: RdataError = RdataError::new("SVCBRRDATAIllegalPriority", "Priority must be 0 to 65535");
const ALIAS: RdataError =
    RdataError::new("SVCBRRDATAIllegalAlias", "A record with priority 0 must not have parameters");
const KEY: RdataError = RdataError::new("SVCBRRDATAIllegalKey", "Parameter key is not known");
const TWICE: RdataError = RdataError::new("SVCBRRDATADuplicateKey", "A parameter key occurs twice");
const VALUE: RdataError = RdataError::new("SVCBRRDATAIllegalValue", "Parameter value does not fit its key");
const MANDATE: RdataError = RdataError::new(
    "SVCBRRDATAIllegalMandatory",
    "Mandatory keys must be given, each once, and not include mandatory",
);
const DEFAULT_ALPN: RdataError =
    RdataError::new("SVCBRRDATAIllegalAlpn", "The parameter no-default-alpn needs alpn beside it");

/// `priority target key=value ...`.
pub(super) fn parse(fields: &mut Fields, wire: &mut Vec<u8>) -> Result<(), RdataError> {
    let priority = fields.number(65535, PRIORITY)? as u16;
    wire.extend_from_slice(&priority.to_be_bytes());
    wire.extend_from_slice(&fields.name(Root::Allowed, FIELDS)?);
    let params = params(fields)?;
    if priority == 0 && !params.is_empty() {
        return Err(ALIAS);
    }
    check_together(&params)?;
    for (key, value) in params {
        let len = u16::try_from(value.len()).map_err(|_| TOO_LONG)?;
        wire.extend_from_slice(&key.to_be_bytes());
        wire.extend_from_slice(&len.to_be_bytes());
        wire.extend_from_slice(&value);
    }
    Ok(())
}

/// The map's order is the one the wire wants: by number, ascending.
fn params(fields: &mut Fields) -> Result<BTreeMap<u16, Vec<u8>>, RdataError> {
    let mut params = BTreeMap::new();
    while !fields.is_empty() {
        let (key, value) = param(fields)?;
        let number = key_number(key).ok_or(KEY)?;
        if params.insert(number, encode(number, value.as_deref())?).is_some() {
            return Err(TWICE);
        }
    }
    Ok(params)
}

/// One `key`, `key=value` or `key="value"`; the value's escapes undone. Lists have escapes of their own inside.
fn param<'a>(fields: &mut Fields<'a>) -> Result<(&'a str, Option<Vec<u8>>), RdataError> {
    let (key, quoted) = fields.param(KEY)?;
    match (key.split_once('='), quoted) {
        (Some((key, "")), true) => Ok((key, Some(fields.quoted()?))),
        (_, true) => Err(NOT_QUOTED),
        (Some((key, value)), false) => Ok((key, Some(unescape(value.as_bytes(), Quoted::No)?.0))),
        (None, false) => Ok((key, None)),
    }
}

pub(super) fn key_number(key: &str) -> Option<u16> {
    if let Some((_, number)) = KEYS.iter().find(|(name, _)| *name == key) {
        return Some(*number);
    }
    let digits = key.strip_prefix("key")?;
    let canonical =
        digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|octet| octet.is_ascii_digit()));
    // 65535 is reserved as an invalid key.
    digits.parse().ok().filter(|number| canonical && *number != u16::MAX)
}

fn encode(key: u16, value: Option<&[u8]>) -> Result<Vec<u8>, RdataError> {
    match (key, value) {
        (NO_DEFAULT_ALPN, None) => Ok(Vec::new()),
        (NO_DEFAULT_ALPN, Some(_)) => Err(VALUE),
        (MANDATORY, Some(list)) => mandatory(list),
        (ALPN, Some(list)) => alpn(list),
        (PORT, Some(port)) => Ok(number(port)?.to_be_bytes().to_vec()),
        (IPV4_HINT, Some(list)) => hints(list, |text| Some(text.parse::<Ipv4Addr>().ok()?.octets().to_vec())),
        (IPV6_HINT, Some(list)) => hints(list, |text| Some(text.parse::<Ipv6Addr>().ok()?.octets().to_vec())),
        (ECH, Some(text)) => base64::engine::general_purpose::STANDARD
            .decode(text)
            .ok()
            .filter(|octets| !octets.is_empty())
            .ok_or(VALUE),
        (MANDATORY..=IPV6_HINT, None) => Err(VALUE),
        (_, value) => Ok(value.unwrap_or_default().to_vec()),
    }
}

fn number(text: &[u8]) -> Result<u16, RdataError> {
    let text = std::str::from_utf8(text).map_err(|_| VALUE)?;
    if text.starts_with('+') {
        return Err(VALUE);
    }
    text.parse().map_err(|_| VALUE)
}

fn mandatory(list: &[u8]) -> Result<Vec<u8>, RdataError> {
    let text = std::str::from_utf8(list).map_err(|_| VALUE)?;
    let mut keys = text.split(',').map(|key| key_number(key).ok_or(KEY)).collect::<Result<Vec<_>, _>>()?;
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) || keys.contains(&MANDATORY) {
        return Err(MANDATE);
    }
    Ok(keys.into_iter().flat_map(u16::to_be_bytes).collect())
}

/// Protocol names of 1 to 255 octets; `\,` and `\\` stand for the octets themselves (RFC 9460 appendix A.1).
fn alpn(list: &[u8]) -> Result<Vec<u8>, RdataError> {
    let mut wire = Vec::with_capacity(list.len() + 1);
    let mut item = Vec::new();
    let mut rest = list;
    loop {
        match rest {
            [b'\\', escaped @ (b',' | b'\\'), after @ ..] => {
                item.push(*escaped);
                rest = after;
            }
            [] | [b',', ..] => {
                let len = u8::try_from(item.len()).ok().filter(|len| *len > 0).ok_or(VALUE)?;
                wire.push(len);
                wire.append(&mut item);
                match rest {
                    [_, after @ ..] => rest = after,
                    [] => return Ok(wire),
                }
            }
            [octet, after @ ..] => {
                item.push(*octet);
                rest = after;
            }
        }
    }
}

fn hints(list: &[u8], parse: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Vec<u8>, RdataError> {
    let text = std::str::from_utf8(list).map_err(|_| VALUE)?;
    let mut wire = Vec::new();
    for address in text.split(',') {
        wire.extend_from_slice(&parse(address).ok_or(VALUE)?);
    }
    Ok(wire)
}

/// Rules between parameters.
fn check_together(params: &BTreeMap<u16, Vec<u8>>) -> Result<(), RdataError> {
    if params.contains_key(&NO_DEFAULT_ALPN) && !params.contains_key(&ALPN) {
        return Err(DEFAULT_ALPN);
    }
    let mandatory = params.get(&MANDATORY).map(Vec::as_slice).unwrap_or_default();
    let given = |key: &[u8]| params.contains_key(&u16::from_be_bytes([key[0], key[1]]));
    if mandatory.chunks_exact(2).all(given) { Ok(()) } else { Err(MANDATE) }
}
