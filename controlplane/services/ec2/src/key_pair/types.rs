use crate::errors::{self, Noun};
use crate::resource::Resource;
use controlplane_services_kernel::{Reader, Record, ServiceError, Stored};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};

/// Index: the key pair's name.
pub const BY_NAME: &str = "name";

/// A key pair, of which the record has the public half. Id: `key-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct KeyPair {
    /// Unique in the account and region.
    #[n(0)]
    pub name: String,
    /// Algorithm.
    #[n(1)]
    pub key_type: KeyType,
    /// One line as OpenSSH writes it: type, base64, comment.
    #[n(2)]
    pub public_key: String,
    /// As AWS computes it.
    #[n(3)]
    pub fingerprint: String,
    /// When it was created or imported.
    #[n(4)]
    pub created_at: Timestamp,
}

/// Algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum KeyType {
    /// What OpenSSH makes by itself.
    #[n(0)]
    Ed25519,
    /// What AWS makes when nobody says otherwise.
    #[n(1)]
    Rsa,
}

impl KeyType {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Rsa => "rsa",
        }
    }
}

impl Record for KeyPair {
    const KIND: &'static str = "key_pair";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_NAME, &self.name);
    }
}

impl Resource for KeyPair {
    const NOUN: &'static Noun = &errors::KEY_PAIR;
}

/// The caller's key pair with this name.
pub fn find_by_name<'r>(name: &str, cx: &'r Reader) -> Option<Stored<'r, KeyPair>> {
    cx.find::<KeyPair>(BY_NAME, name).next()
}

/// The same, or the error AWS gives.
pub fn require_by_name<'r>(name: &str, cx: &'r Reader) -> Result<Stored<'r, KeyPair>, ServiceError> {
    find_by_name(name, cx).ok_or_else(|| errors::no_key_pair(name))
}
