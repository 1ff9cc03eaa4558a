use super::Claims;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, crypto, dangerous, decode_header};
use serde_json::Value;

/// What AWS takes, as far as the library knows it.
const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::ES256, Algorithm::ES384];

/// A token nobody has checked yet.
pub(crate) struct Token<'t> {
    signed: &'t str,
    signature: &'t str,
    algorithm: Algorithm,
    /// Which of the provider's keys it says it is signed with.
    pub(crate) key_id: Option<String>,
    /// What it says its provider is, without the scheme.
    pub(crate) issuer: String,
    claims: Value,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Untrusted {
    /// It has not the form of one.
    NotAToken,
    /// It is signed in a way that proves nothing here.
    Algorithm,
    /// The provider has no such key.
    NoKey,
    /// The signature is not that key's.
    Signature,
    /// A claim is missing or of another type.
    Claim(&'static str),
}

impl<'t> Token<'t> {
    /// Reads the form.
    pub(crate) fn read(text: &'t str) -> Result<Self, Untrusted> {
        let (signed, signature) = text.rsplit_once('.').ok_or(Untrusted::NotAToken)?;
        let header = decode_header(text).map_err(|_| Untrusted::NotAToken)?;
        let claims: Value = dangerous::insecure_decode_claims(text).map_err(|_| Untrusted::NotAToken)?;
        if !claims.is_object() {
            return Err(Untrusted::NotAToken);
        }
        let issuer = claims["iss"].as_str().ok_or(Untrusted::Claim("iss"))?;
        // Without its scheme, as records have it.
        let issuer = issuer.strip_prefix("https://").ok_or(Untrusted::Claim("iss"))?.to_owned();
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Untrusted::Algorithm);
        }
        Ok(Self { signed, signature, algorithm: header.alg, key_id: header.kid, issuer, claims })
    }

    /// What it says, if one of these keys of its provider has signed it.
    pub(crate) fn signed_by(self, keys: &[Value]) -> Result<Claims, Untrusted> {
        let key = self.key(keys).ok_or(Untrusted::NoKey)?;
        match crypto::verify(self.signature, self.signed.as_bytes(), &key, self.algorithm) {
            Ok(true) => Claims::read(&self.claims, self.issuer),
            // A key of another kind than the algorithm's, or a signature that is none.
            Ok(false) | Err(_) => Err(Untrusted::Signature),
        }
    }

    /// The key the token names; a provider with a single key need not be told which.
    fn key(&self, keys: &[Value]) -> Option<DecodingKey> {
        let mut usable = keys.iter().filter_map(|key| self.usable(key));
        match (&self.key_id, usable.next(), usable.next()) {
            (_, Some(key), None) => DecodingKey::from_jwk(&key).ok(),
            // Two keys of one name: whoever made them decides which he meant, not we.
            _ => None,
        }
    }

    /// A key of the set, if it is the one meant and may be used for this. One that cannot be read is none: the others may be good.
    fn usable(&self, key: &Value) -> Option<Jwk> {
        let key: Jwk = serde_json::from_value(key.clone()).ok()?;
        let is_named = self.key_id.is_none() || key.common.key_id == self.key_id;
        let signs = key.common.public_key_use.as_ref().is_none_or(|given| *given == PublicKeyUse::Signature);
        let agrees =
            key.common.key_algorithm.is_none_or(|given| given.to_string() == format!("{:?}", self.algorithm));
        (is_named && signs && agrees).then_some(key)
    }
}
