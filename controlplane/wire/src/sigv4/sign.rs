//! Signing, for our own client and for tests.

use super::authorization::Scope;
use super::verify::{AMZ_DATE, ISO_BASIC, SECURITY_TOKEN};
use super::{ALGORITHM, SignatureError, TERMINATOR, canonical};
use aws_lc_rs::hmac;
use controlplane_types::Timestamp;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use time::OffsetDateTime;

/// A key and its secret.
#[derive(Clone)]
pub struct Credentials {
    /// The key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Of temporary credentials.
    pub session_token: Option<String>,
}

/// Adds date, token and signature to a request. It must have a host, as header or in its target.
pub fn sign(
    parts: &mut Parts,
    body: &[u8],
    credentials: &Credentials,
    region: &str,
    service: &str,
    now: Timestamp,
) -> Result<(), SignatureError> {
    let date = date_text(now);
    set(&mut parts.headers, AMZ_DATE, &date)?;
    if let Some(token) = &credentials.session_token {
        set(&mut parts.headers, SECURITY_TOKEN, token)?;
    }
    let scope = Scope {
        access_key_id: credentials.access_key_id.clone(),
        date: date.get(..8).unwrap_or_default().to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        terminator: TERMINATOR.to_owned(),
    };
    let signed_headers = headers_to_sign(&parts.headers);
    let canonical = canonical::request(parts, &signed_headers, &canonical::sha256(body))?;
    let key = canonical::signing_key(&credentials.secret_access_key, &scope);
    let signature = hmac::sign(&key, canonical::string_to_sign(&date, &scope, &canonical).as_bytes());
    let header = format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={}",
        scope.access_key_id,
        scope.suffix(),
        signed_headers.join(";"),
        canonical::hex(signature.as_ref())
    );
    set(&mut parts.headers, AUTHORIZATION.as_str(), &header)
}

fn date_text(now: Timestamp) -> String {
    let seconds = i64::try_from(now.as_secs()).unwrap_or_default();
    let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    moment.format(ISO_BASIC).unwrap_or_default()
}

fn headers_to_sign(headers: &HeaderMap) -> Vec<String> {
    let names = headers.keys().map(HeaderName::as_str);
    let wanted = names.filter(|name| name.starts_with("x-amz-") || *name == CONTENT_TYPE.as_str());
    let mut signed: Vec<String> = wanted.chain([HOST.as_str()]).map(str::to_owned).collect();
    signed.sort();
    signed
}

fn set(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), SignatureError> {
    let broken = || SignatureError::Incomplete(format!("header {name} cannot hold its value"));
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| broken())?;
    headers.insert(name, HeaderValue::from_str(value).map_err(|_| broken())?);
    Ok(())
}
