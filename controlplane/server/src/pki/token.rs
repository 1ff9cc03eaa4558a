//! The text of a join token: whom to trust, which token, and the secret.

use super::Fingerprint;
use super::fingerprint::{hex, sha256};
use controlplane_types::Runtime;
use std::fmt;
use std::str::FromStr;

/// First part of every token; another shape gets another number.
const PREFIX: &str = "hearth1";
/// 160 bits: more than anybody can try.
const SECRET_BYTES: usize = 20;

/// A token as people carry it: `hearth1.<fingerprint of the authority>.<id>.<secret>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    authority: Fingerprint,
    id: String,
    secret: String,
}

/// The text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a join token has four parts: hearth1.FINGERPRINT.ID.SECRET")]
pub struct TokenError;

impl Token {
    /// A fresh secret, hexadecimal.
    pub fn secret(runtime: &dyn Runtime) -> String {
        let mut bytes = [0; SECRET_BYTES];
        runtime.fill_random(&mut bytes);
        hex(&bytes)
    }

    /// The token `id` of a cluster.
    pub fn new(authority: Fingerprint, id: String, secret: String) -> Self {
        Self { authority, id, secret }
    }

    /// Which of the cluster's tokens.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The authority that has to vouch for the server it is shown to.
    pub fn authority(&self) -> Fingerprint {
        self.authority
    }

    /// What the cluster keeps of the secret.
    pub fn secret_hash(&self) -> [u8; 32] {
        Self::hash(&self.secret)
    }

    /// What the cluster keeps of a secret.
    pub fn hash(secret: &str) -> [u8; 32] {
        sha256(secret.as_bytes())
    }

    /// The whole text. It opens the door: for the one who asked for it, and for the door.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}.{}.{}.{}", self.authority, self.id, self.secret)
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let parts: Vec<&str> = text.trim().split('.').collect();
        let [PREFIX, authority, id, secret] = parts[..] else { return Err(TokenError) };
        let hexadecimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
        if id.is_empty() || id.len() > 32 || !hexadecimal(id) {
            return Err(TokenError);
        }
        if secret.len() != SECRET_BYTES * 2 || !hexadecimal(secret) {
            return Err(TokenError);
        }
        let authority = Fingerprint::parse(authority).ok_or(TokenError)?;
        Ok(Self::new(authority, id.to_owned(), secret.to_owned()))
    }
}

/// The secret stays out of logs.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("id", &self.id).finish_non_exhaustive()
    }
}
