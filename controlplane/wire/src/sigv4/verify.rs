//! Verification: every check a request must pass, in one list.

use super::authorization::{Authorization, Scope};
use super::chunks::{self, Chain, Streaming};
use super::{MAX_SKEW, SignatureError, TERMINATOR, canonical};
use crate::model;
use crate::text::{form_decode, pairs};
use aws_lc_rs::{constant_time, hmac};
use controlplane_types::Timestamp;
use http::HeaderMap;
use http::header::{DATE, HOST};
use http::request::Parts;
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// What a request is held against.
pub struct Expected<'a> {
    /// The clock.
    pub now: Timestamp,
    /// Whether a region is served. Services with one endpoint for all regions may also be signed for [`GLOBAL_REGION`].
    pub serves: &'a dyn Fn(&str) -> bool,
    /// The secret of an access key, if there is such a key.
    pub secret: &'a dyn Fn(&str) -> Option<String>,
}

/// Who has provably signed a request, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The key.
    pub access_key_id: String,
    /// Region of the credential scope.
    pub region: String,
    /// Signing name of the service.
    pub service: String,
    /// Lower case, sorted.
    pub signed_headers: Vec<String>,
    /// Of temporary credentials: still to be matched with the key.
    pub session_token: Option<String>,
}

pub(super) const AMZ_DATE: &str = "x-amz-date";
pub(super) const CONTENT_SHA256: &str = "x-amz-content-sha256";
pub(super) const SECURITY_TOKEN: &str = "x-amz-security-token";

/// The global region, for which clients sign requests to services without regions.
pub const GLOBAL_REGION: &str = "us-east-1";

/// Checks a request's signature over its head and body.
pub fn verify(parts: &Parts, body: &[u8], expected: &Expected<'_>) -> Result<Verified, SignatureError> {
    refuse_query_credentials(parts)?;
    let authorization = Authorization::read(&parts.headers)?;
    let date = RequestDate::read(&parts.headers)?;
    check_scope(&authorization.scope, &date, expected.serves)?;
    date.check_skew(expected.now)?;
    check_signed_headers(parts, &authorization.signed_headers)?;
    check_path(parts)?;
    let scope = &authorization.scope;
    let takes_chunks = model::by_signing_name(&scope.service).is_some_and(model::Service::takes_chunks);
    let (payload, streaming) = payload(&parts.headers, body, takes_chunks)?;
    let canonical = canonical::request(parts, &authorization.signed_headers, &payload)?;
    let secret = (expected.secret)(&scope.access_key_id)
        .ok_or_else(|| SignatureError::UnknownKey(scope.access_key_id.clone()))?;
    let key = canonical::signing_key(&secret, scope);
    let text = canonical::string_to_sign(&date.text, scope, &canonical);
    // The comparison inside takes the same time wherever the signatures differ.
    hmac::verify(&key, text.as_bytes(), &authorization.signature).map_err(|_| SignatureError::Mismatch)?;
    if let Some(how) = streaming {
        let chain = Chain { key: &key, date: &date.text, scope, seed: &authorization.signature };
        chunks::verify(how, &chain, body)?;
    }
    Ok(verified(authorization, &parts.headers))
}

fn verified(authorization: Authorization, headers: &HeaderMap) -> Verified {
    let token = headers.get(SECURITY_TOKEN).and_then(|value| value.to_str().ok());
    let Scope { access_key_id, region, service, .. } = authorization.scope;
    let session_token = token.map(str::to_owned);
    Verified { access_key_id, region, service, signed_headers: authorization.signed_headers, session_token }
}

/// Names of credentials in a query string, of this signature version and older ones.
const QUERY_CREDENTIALS: [&str; 5] =
    ["x-amz-algorithm", "x-amz-credential", "x-amz-signature", "awsaccesskeyid", "signature"];

fn refuse_query_credentials(parts: &Parts) -> Result<(), SignatureError> {
    let query = parts.uri.query().unwrap_or_default();
    let is_credential = |key: &str| {
        form_decode(key).is_some_and(|key| QUERY_CREDENTIALS.contains(&&*key.to_ascii_lowercase()))
    };
    if !pairs(query).any(|(key, _)| is_credential(key)) {
        return Ok(());
    }
    let both = parts.headers.contains_key(http::header::AUTHORIZATION);
    Err(if both { SignatureError::TwoSignatures } else { SignatureError::QuerySignature })
}

fn check_scope(
    scope: &Scope,
    date: &RequestDate,
    serves: &dyn Fn(&str) -> bool,
) -> Result<(), SignatureError> {
    let wrong = |text: String| Err(SignatureError::Scope(text));
    if scope.terminator != TERMINATOR {
        return wrong(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{}'.",
            scope.terminator
        ));
    }
    let day = date.text.get(..8).unwrap_or_default();
    if scope.date != day {
        return wrong(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{day}', from '{}'.",
            scope.date, date.text
        ));
    }
    check_region(scope, serves)
}

/// Whether the region a request is signed for is served.
pub fn check_region(scope: &Scope, serves: &dyn Fn(&str) -> bool) -> Result<(), SignatureError> {
    let wrong = |text: String| Err(SignatureError::Scope(text));
    let Some(service) = model::by_signing_name(&scope.service) else {
        return wrong(format!("Credential should be scoped to correct service, not '{}'.", scope.service));
    };
    let is_global = service.is_global() && scope.region == GLOBAL_REGION;
    if !is_global && !serves(&scope.region) {
        return wrong(format!("Credential should be scoped to a valid region, not '{}'.", scope.region));
    }
    Ok(())
}

/// `host`, the date and all `x-amz-*` headers must be signed, and there is one host.
fn check_signed_headers(parts: &Parts, signed: &[String]) -> Result<(), SignatureError> {
    let is_signed = |name: &str| signed.iter().any(|header| header == name);
    let date = if parts.headers.contains_key(AMZ_DATE) { AMZ_DATE } else { DATE.as_str() };
    let present =
        parts.headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-amz-"));
    if let Some(name) = [HOST.as_str(), date].into_iter().chain(present).find(|name| !is_signed(name)) {
        return Err(SignatureError::Unsigned(name.to_owned()));
    }
    let hosts = parts.headers.get_all(HOST).iter().count();
    let authority = canonical::authority(parts);
    let header = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    match (hosts, header, authority) {
        (2.., _, _) => Err(SignatureError::Incomplete("there is more than one Host header".to_owned())),
        (1, Some(header), Some(authority)) if !header.eq_ignore_ascii_case(&authority) => {
            Err(SignatureError::Incomplete("Host header and request target name different hosts".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Routing takes the path as it is, so it must be what was signed.
fn check_path(parts: &Parts) -> Result<(), SignatureError> {
    let raw = parts.uri.path();
    if raw == canonical::normal(raw) { Ok(()) } else { Err(SignatureError::Path) }
}

/// What stands for the body in the canonical request: its hash, or the word for how its pieces are proved.
fn payload(
    headers: &HeaderMap,
    body: &[u8],
    takes_chunks: bool,
) -> Result<(String, Option<Streaming>), SignatureError> {
    let claims = headers.get_all(CONTENT_SHA256);
    let only = claims.iter().next().filter(|_| takes_chunks && claims.iter().count() == 1);
    let word = only.and_then(|claim| claim.to_str().ok());
    if let Some((word, how)) = word.and_then(|word| Some((word, Streaming::claimed(word)?))) {
        return Ok((word.to_owned(), Some(how)));
    }
    let computed = canonical::sha256(body);
    let same = |claim: &[u8]| constant_time::verify_slices_are_equal(claim, computed.as_bytes()).is_ok();
    if claims.iter().all(|claim| same(claim.as_bytes())) {
        Ok((computed, None))
    } else {
        Err(SignatureError::Payload)
    }
}

/// The moment a request says it was signed at.
struct RequestDate {
    /// `YYYYMMDDTHHMMSSZ`
    text: String,
    time: Timestamp,
}

pub(super) const ISO_BASIC: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

impl RequestDate {
    /// `x-amz-date`, else `date` in either format.
    fn read(headers: &HeaderMap) -> Result<Self, SignatureError> {
        let incomplete = |text: &str| SignatureError::Incomplete(text.to_owned());
        let name = if headers.contains_key(AMZ_DATE) { AMZ_DATE } else { DATE.as_str() };
        let mut values = headers.get_all(name).iter();
        let missing = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
        let value = values.next().ok_or_else(|| incomplete(missing))?;
        if values.next().is_some() {
            return Err(incomplete("the request is dated twice"));
        }
        let text = value.to_str().unwrap_or_default();
        let parsed =
            PrimitiveDateTime::parse(text, ISO_BASIC).or_else(|_| PrimitiveDateTime::parse(text, HTTP_DATE));
        let malformed = || incomplete("Date must be in ISO-8601 'basic format'.");
        let moment = parsed.map_err(|_| malformed())?;
        let seconds = u64::try_from(moment.assume_utc().unix_timestamp()).map_err(|_| malformed())?;
        let text = moment.format(ISO_BASIC).map_err(|_| malformed())?;
        Ok(Self { text, time: Timestamp::from_millis(seconds.saturating_mul(1000)) })
    }

    fn check_skew(&self, now: Timestamp) -> Result<(), SignatureError> {
        // Dates are whole seconds: a request signed this second must not look early by the clock's fraction.
        let now = Timestamp::from_millis(now.as_secs() * 1000);
        let date = self.text.clone();
        if now.since(self.time) > MAX_SKEW {
            return Err(SignatureError::Expired { date });
        }
        if self.time.since(now) > MAX_SKEW {
            return Err(SignatureError::NotYetCurrent { date });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that mean "not hashed" count for who takes pieces, and are a wrong hash to everybody else.
    #[test]
    fn only_some_services_take_bodies_that_were_not_hashed() {
        let headers = |claims: &[&str]| {
            let mut headers = HeaderMap::new();
            for claim in claims {
                headers.append(CONTENT_SHA256, claim.parse().unwrap());
            }
            headers
        };
        let word = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
        let taken = payload(&headers(&[word]), b"", true);
        assert_eq!(taken, Ok((word.to_owned(), Some(Streaming::UnsignedTrailer))));
        for (claims, takes_chunks) in [
            (&[word][..], false),
            (&[word, word], true),
            (&["UNSIGNED-PAYLOAD"], true),
            (&["STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"], true),
        ] {
            assert_eq!(
                payload(&headers(claims), b"", takes_chunks),
                Err(SignatureError::Payload),
                "{claims:?}"
            );
        }
        assert!(
            model::services().all(|service| !service.takes_chunks()),
            "none of those that are served does"
        );
    }
}
