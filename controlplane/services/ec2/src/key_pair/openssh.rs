//! Keys in OpenSSH's forms: public keys as one line, private keys as PEM ("PROTOCOL.key" in the OpenSSH sources).

use super::md5;
use super::types::KeyType;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
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
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (algorithm, blob) = (words.next()?, STANDARD.decode(words.next()?).ok()?);
        let mut fields = Fields(&blob);
        if fields.next()? != algorithm.as_bytes() {
            return None;
        }
        let (key_type, fingerprint) = match algorithm {
            ED25519 => (
                KeyType::Ed25519,
                fields.next().filter(|key| key.len() == ED25519_LENGTH).map(|_| sha256(&blob))?,
            ),
            RSA => (KeyType::Rsa, rsa_fingerprint(fields.next()?, fields.next()?)?),
            _ => return None,
        };
        fields.is_empty().then_some(Self { key_type, blob, fingerprint })
    }

    fn ed25519(key: &[u8]) -> Self {
        let blob = [field(ED25519.as_bytes()), field(key)].concat();
        let fingerprint = sha256(&blob);
        Self { key_type: KeyType::Ed25519, blob, fingerprint }
    }

    /// The line of a public key file, with the pair's name for a comment.
    pub(super) fn line(&self, name: &str) -> String {
        let algorithm = match self.key_type {
            KeyType::Ed25519 => ED25519,
            KeyType::Rsa => RSA,
        };
        format!("{algorithm} {} {name}", STANDARD.encode(&self.blob))
    }

    /// As AWS shows it.
    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

fn sha256(blob: &[u8]) -> String {
    STANDARD.encode(digest(&SHA256, blob))
}

/// A new pair: the public key, and the private one as PEM. `check` is what OpenSSH calls the check number.
pub(super) fn generate(seed: &[u8; 32], check: u32) -> Result<(PublicKey, String), KeyRejected> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed)?;
    let key = pair.public_key().as_ref();
    let public = PublicKey::ed25519(key);
    let pem = pem(&private_file(&public.blob, key, seed, check));
    Ok((public, pem))
}

fn private_file(blob: &[u8], key: &[u8], seed: &[u8; 32], check: u32) -> Vec<u8> {
    let mut secret = [check.to_be_bytes(), check.to_be_bytes()].concat();
    secret.extend([field(ED25519.as_bytes()), field(key), field(&[seed, key].concat()), field(b"")].concat());
    let padding = secret.len().next_multiple_of(8) - secret.len();
    secret.extend((1u8..).take(padding));
    let unencrypted = [field(b"none"), field(b"none"), field(b"")].concat();
    let one_key = 1u32.to_be_bytes();
    [b"openssh-key-v1\0", unencrypted.as_slice(), &one_key, &field(blob), &field(&secret)].concat()
}

fn pem(file: &[u8]) -> String {
    let text = STANDARD.encode(file);
    let lines: Vec<&str> = (0..text.len()).step_by(70).map(|at| &text[at..text.len().min(at + 70)]).collect();
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", lines.join("\n"))
}

/// A length and so many bytes: the SSH protocol's `string` (RFC 4251, section 5).
fn field(bytes: &[u8]) -> Vec<u8> {
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

/// MD5 over the key as a DER SubjectPublicKeyInfo; `None` for a modulus AWS would not take.
fn rsa_fingerprint(exponent: &[u8], modulus: &[u8]) -> Option<String> {
    let significant = modulus.iter().position(|byte| *byte != 0).map(|start| &modulus[start..])?;
    let bits = significant.len() * 8 - significant[0].leading_zeros() as usize;
    if !RSA_BITS.contains(&bits) || exponent.is_empty() || exponent.len() > 8 {
        return None;
    }
    // OBJECT IDENTIFIER rsaEncryption and its NULL parameter, RFC 8017, appendix A.1.
    const RSA_ENCRYPTION: [u8; 13] =
        [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    // SSH writes the two numbers just as DER does, leading zero included.
    let key = der(0x30, &[der(0x02, modulus), der(0x02, exponent)].concat());
    let bit_string = der(0x03, &[&[0], key.as_slice()].concat());
    let info = der(0x30, &[der(0x30, &RSA_ENCRYPTION), bit_string].concat());
    let hex: Vec<String> = md5::digest(&info).iter().map(|byte| format!("{byte:02x}")).collect();
    Some(hex.join(":"))
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    let mut value = vec![tag];
    if content.len() >= 0x80 {
        value.push(0x80 | significant.len() as u8);
    }
    value.extend(significant);
    value.extend(content);
    value
}
