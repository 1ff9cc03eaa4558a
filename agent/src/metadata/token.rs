//! Session tokens.
//!
//! A token carries its expiry and a code over expiry and instance, made with a key that lives as long as the agent.
//! Nothing is stored, so nobody can fill a table with tokens, and a token that leaks is worth nothing elsewhere.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use controlplane_types::Timestamp;
use std::fmt;
use std::time::Duration;

/// Longest life of a token: six hours.
pub(super) const MAX_TTL_S: u64 = 21_600;

/// The key to all tokens.
pub struct Tokens(hmac::Key);

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(..)")
    }
}

impl Tokens {
    /// Tokens made with a random key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    /// A token for an instance.
    pub(super) fn issue(&self, instance_id: &str, ttl_s: u64, now: Timestamp) -> String {
        let expiry = (now + Duration::from_secs(ttl_s)).as_millis().to_be_bytes();
        let code = hmac::sign(&self.0, &message(&expiry, instance_id));
        URL_SAFE_NO_PAD.encode([&expiry, code.as_ref()].concat())
    }

    /// Whether a token is one of ours, for this instance, and still good.
    pub(super) fn accepts(&self, token: &[u8], instance_id: &str, now: Timestamp) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return false };
        let Some((expiry, code)) = bytes.split_first_chunk::<8>() else { return false };
        let genuine = hmac::verify(&self.0, &message(expiry, instance_id), code).is_ok();
        genuine && now.as_millis() < u64::from_be_bytes(*expiry)
    }
}

fn message(expiry: &[u8; 8], instance_id: &str) -> Vec<u8> {
    [expiry, instance_id.as_bytes()].concat()
}
