//! What a signed zone's answers are signed with: the zone-signing key, and the zone's keys with the signatures the control plane
//! made ahead for them.

use super::{Name, Rendered};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use controlplane_proto::dns as proto;
use controlplane_types::dns::dnssec;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

static STAMPS: AtomicU64 = AtomicU64::new(1);

/// The keys of a signed zone.
pub struct Signing {
    /// No other keys in this process have it.
    pub stamp: u64,
    /// The zone-signing key's.
    pub key_tag: u16,
    /// The DNSKEY records.
    pub keys: Rendered,
    key: EcdsaKeyPair,
    signatures: Box<[KeySignature]>,
    given: proto::Signing,
}

/// An RRSIG over the DNSKEY records.
struct KeySignature {
    key_tag: u16,
    inception: u32,
    data: Box<[u8]>,
}

/// Why a zone cannot be signed with what was sent.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SigningError {
    /// The two halves of the zone-signing key are none, or do not belong together.
    #[error("the zone-signing key cannot be used")]
    Key,
    /// The zone-signing key is not among the zone's keys.
    #[error("the zone-signing key is not among the zone's keys")]
    Unpublished,
    /// Data that is no signature of this zone.
    #[error("a signature over the keys cannot be read")]
    Signature,
}

impl Signing {
    /// Reads what the feed brought for the zone named `apex`.
    pub fn new(given: &proto::Signing, apex: &Name) -> Result<Self, SigningError> {
        let public: &[u8; dnssec::LEN] =
            given.public_key.as_slice().try_into().map_err(|_| SigningError::Key)?;
        let uncompressed = [&[4], public.as_slice()].concat();
        let scheme = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::from_private_key_and_public_key(scheme, &given.private_key, &uncompressed)
            .map_err(|_| SigningError::Key)?;
        let own = dnssec::dnskey(dnssec::ZONE_KEY, public);
        if !given.keys.contains(&own) {
            return Err(SigningError::Unpublished);
        }
        let signatures = given.signatures.iter().map(|data| KeySignature::read(data, apex));
        Ok(Self {
            stamp: STAMPS.fetch_add(1, Ordering::Relaxed),
            key_tag: dnssec::key_tag(&own),
            keys: Rendered::of_data(given.keys_ttl, &given.keys),
            key,
            signatures: signatures.collect::<Option<_>>().ok_or(SigningError::Signature)?,
            given: given.clone(),
        })
    }

    /// The message it was made of.
    pub fn given(&self) -> &proto::Signing {
        &self.given
    }

    /// A signature of the zone-signing key; `None`, which is logged, if the library has no randomness.
    pub fn sign(&self, octets: &[u8]) -> Option<[u8; dnssec::LEN]> {
        let signature = self.key.sign(&SystemRandom::new(), octets);
        let signature =
            signature.inspect_err(|_| tracing::error!(key_tag = self.key_tag, "signing failed")).ok()?;
        signature.as_ref().try_into().ok()
    }

    /// For each key-signing key, its RRSIG data over the keys that began to be valid last.
    pub fn key_signatures(&self, now: u32) -> impl Iterator<Item = &[u8]> {
        // They stand in the order of their beginnings: what a later one of the same key stands in for is left out.
        let begun = move |signature: &&KeySignature| signature.inception <= now;
        let signatures = self.signatures.iter().enumerate().filter(move |(_, one)| begun(one));
        let newest = move |number: usize, tag: u16| {
            !self.signatures[number + 1..].iter().any(|later| begun(&later) && later.key_tag == tag)
        };
        signatures.filter(move |(number, one)| newest(*number, one.key_tag)).map(|(_, one)| &*one.data)
    }
}

impl KeySignature {
    fn read(data: &[u8], apex: &Name) -> Option<Self> {
        let (fixed, rest) = data.split_first_chunk::<18>()?;
        let signature = rest.strip_prefix(apex.as_wire())?;
        let covers_keys = fixed[..2] == dnssec::DNSKEY.to_be_bytes() && fixed[2] == dnssec::ALGORITHM;
        (covers_keys && signature.len() == dnssec::LEN).then(|| Self {
            key_tag: u16::from_be_bytes([fixed[16], fixed[17]]),
            inception: u32::from_be_bytes([fixed[12], fixed[13], fixed[14], fixed[15]]),
            data: data.into(),
        })
    }
}

/// By what was sent.
impl PartialEq for Signing {
    fn eq(&self, other: &Self) -> bool {
        self.given == other.given
    }
}

/// Private keys stay out of logs.
impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signing").field("key_tag", &self.key_tag).finish_non_exhaustive()
    }
}
