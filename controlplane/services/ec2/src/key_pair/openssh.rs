//! Keys in OpenSSH's forms: public keys as one line, private keys as a file ("PROTOCOL.key" in the OpenSSH sources).

use super::pair::imported_rsa_fingerprint;
use super::types::KeyType;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const ED25519: &str = "ssh-ed25519";
const RSA: &str = "ssh-rsa";
const ED25519_LENGTH: usize = 32;
/// AWS takes moduli of these lengths.
const RSA_BITS: [usize; 3] = [1024, 2048, 4096];

/// A public key that was read or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicKey {
    pub(super) key_type: KeyType,
    /// The key as the SSH protocol has it.
    blob: Vec<u8>,
    fingerprint: String,
}

impl PublicKey {
    /// Reads the line of an OpenSSH public key file; `None` for any other form, algorithm or length.
    pub(super) fn parse_line(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (algorithm, blob) = (words.next()?, STANDARD.decode(words.next()?).ok()?);
        Self::parse_blob(&blob).filter(|key| key.algorithm() == algorithm)
    }

    /// Reads a key as the SSH protocol has it.
    pub(super) fn parse_blob(blob: &[u8]) -> Option<Self> {
        let mut fields = Fields(blob);
        let algorithm = fields.next()?;
        let key = if algorithm == ED25519.as_bytes() {
            Self::imported_ed25519(fields.next()?)?
        } else if algorithm == RSA.as_bytes() {
            Self::imported_rsa(fields.next()?, fields.next()?)?
        } else {
            return None;
        };
        fields.is_empty().then_some(key)
    }

    /// `None` if the length is wrong.
    pub(super) fn imported_ed25519(key: &[u8]) -> Option<Self> {
        (key.len() == ED25519_LENGTH).then(|| Self::ed25519(key))
    }

    /// Of numbers as SSH and DER have them; `None` for a modulus AWS would not take.
    pub(super) fn imported_rsa(exponent: &[u8], modulus: &[u8]) -> Option<Self> {
        let significant = modulus.iter().position(|byte| *byte != 0).map(|start| &modulus[start..])?;
        let bits = significant.len() * 8 - significant[0].leading_zeros() as usize;
        if !RSA_BITS.contains(&bits) || exponent.is_empty() || exponent.len() > 8 {
            return None;
        }
        Some(Self::rsa(exponent, modulus, imported_rsa_fingerprint(exponent, modulus)))
    }

    pub(super) fn ed25519(key: &[u8]) -> Self {
        let blob = [field(ED25519.as_bytes()), field(key)].concat();
        let fingerprint = STANDARD.encode(digest(&SHA256, &blob));
        Self { key_type: KeyType::Ed25519, blob, fingerprint }
    }

    pub(super) fn rsa(exponent: &[u8], modulus: &[u8], fingerprint: String) -> Self {
        let blob = [field(RSA.as_bytes()), field(exponent), field(modulus)].concat();
        Self { key_type: KeyType::Rsa, blob, fingerprint }
    }

    /// The line of a public key file, with the pair's name for a comment.
    pub(super) fn line(&self, name: &str) -> String {
        format!("{} {} {name}", self.algorithm(), STANDARD.encode(&self.blob))
    }

    /// SSH's name of the algorithm.
    pub(super) fn algorithm(&self) -> &'static str {
        match self.key_type {
            KeyType::Ed25519 => ED25519,
            KeyType::Rsa => RSA,
        }
    }

    /// The key as the SSH protocol has it.
    pub(super) fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// As AWS shows it.
    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// The file of an ed25519 key; `check` is what OpenSSH calls the check number.
pub(super) fn private_file(blob: &[u8], seed: &[u8; ED25519_LENGTH], check: u32) -> Vec<u8> {
    let key = &blob[blob.len() - ED25519_LENGTH..];
    let mut secret = [check.to_be_bytes(), check.to_be_bytes()].concat();
    secret.extend([field(ED25519.as_bytes()), field(key), field(&[seed, key].concat()), field(b"")].concat());
    let padding = secret.len().next_multiple_of(8) - secret.len();
    secret.extend((1u8..).take(padding));
    let unencrypted = [field(b"none"), field(b"none"), field(b"")].concat();
    let one_key = 1u32.to_be_bytes();
    [b"openssh-key-v1\0", unencrypted.as_slice(), &one_key, &field(blob), &field(&secret)].concat()
}

/// A length and so many bytes: the SSH protocol's `string` (RFC 4251, section 5).
pub(super) fn field(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], bytes].concat()
}

/// Reads such fields.
struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    fn next(&mut self) -> Option<&'b [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
