//! The `Authorization` header.

use super::{ALGORITHM, SignatureError};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

/// Who a request says it is from, and for what: `AKID/20260102/us-east-1/ec2/aws4_request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The key that should have signed.
    pub access_key_id: String,
    /// `YYYYMMDD`.
    pub date: String,
    /// Region.
    pub region: String,
    /// Signing name of the service.
    pub service: String,
    /// Should be `aws4_request`.
    pub terminator: String,
}

impl Scope {
    fn parse(text: &str) -> Option<Self> {
        // A key may contain slashes; the four parts after it may not.
        let mut parts = text.rsplitn(5, '/').map(str::to_owned);
        let (terminator, service, region) = (parts.next()?, parts.next()?, parts.next()?);
        let (date, access_key_id) = (parts.next()?, parts.next()?);
        Some(Self { access_key_id, date, region, service, terminator })
    }

    /// The scope without the key, as the string to sign has it.
    pub(super) fn suffix(&self) -> String {
        [&*self.date, &self.region, &self.service, &self.terminator].join("/")
    }
}

/// A parsed header.
#[derive(Debug)]
pub(super) struct Authorization {
    pub(super) scope: Scope,
    /// Lower case, sorted, each once.
    pub(super) signed_headers: Vec<String>,
    /// 32 bytes.
    pub(super) signature: Vec<u8>,
}

/// Reads key, region and service of a request without verifying anything.
pub fn credential_scope(parts: &Parts) -> Option<Scope> {
    let header = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let fields = header.strip_prefix(ALGORITHM)?;
    let credential = fields.split(',').find_map(|field| field.trim().strip_prefix("Credential="))?;
    Scope::parse(credential)
}

impl Authorization {
    /// Reads the only `Authorization` header.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, SignatureError> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let first = values.next().ok_or(SignatureError::Missing)?;
        if values.next().is_some() {
            return Err(incomplete("there is more than one Authorization header"));
        }
        Self::parse(first.to_str().map_err(|_| incomplete("the Authorization header is not text"))?)
    }

    fn parse(header: &str) -> Result<Self, SignatureError> {
        let (algorithm, fields) = header.split_once(' ').unwrap_or((header, ""));
        if algorithm != ALGORITHM {
            return Err(incomplete(&format!("Unsupported AWS 'algorithm': '{algorithm}'")));
        }
        let [credential, signed_headers, signature] = fields_of(fields)?;
        let scope = Scope::parse(credential).ok_or_else(|| incomplete("Credential must have five parts"))?;
        Ok(Self { scope, signed_headers: header_names(signed_headers)?, signature: unhex(signature)? })
    }
}

fn incomplete(what: &str) -> SignatureError {
    SignatureError::Incomplete(what.to_owned())
}

/// The three fields, each exactly once, in any order.
fn fields_of(text: &str) -> Result<[&str; 3], SignatureError> {
    const NAMES: [&str; 3] = ["Credential", "SignedHeaders", "Signature"];
    let mut found = [None; 3];
    for field in text.split(',').map(str::trim) {
        let (name, value) =
            field.split_once('=').ok_or_else(|| incomplete(&format!("'{field}' is no name=value")))?;
        let at = NAMES.iter().position(|known| *known == name);
        let at =
            at.ok_or_else(|| incomplete(&format!("'{name}' is no field of the Authorization header")))?;
        if found[at].replace(value).is_some() {
            return Err(incomplete(&format!("Authorization header has '{name}' twice")));
        }
    }
    let require = |at: usize| {
        let missing = || incomplete(&format!("Authorization header requires '{}' parameter.", NAMES[at]));
        found[at].filter(|value: &&str| !value.is_empty()).ok_or_else(missing)
    };
    Ok([require(0)?, require(1)?, require(2)?])
}

fn header_names(text: &str) -> Result<Vec<String>, SignatureError> {
    let names: Vec<String> = text.split(';').map(str::to_owned).collect();
    let lower =
        names.iter().all(|name| !name.is_empty() && !name.bytes().any(|letter| letter.is_ascii_uppercase()));
    if !lower || !names.is_sorted_by(|left, right| left < right) {
        return Err(incomplete("SignedHeaders must be lower case, sorted and each named once"));
    }
    Ok(names)
}

/// The bytes of a signature.
pub(super) fn unhex(text: &str) -> Result<Vec<u8>, SignatureError> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    bytes
        .filter(|bytes| bytes.len() == 32)
        .ok_or_else(|| incomplete("Signature must be 64 hexadecimal digits"))
}
