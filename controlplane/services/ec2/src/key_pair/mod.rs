//! Key pairs: public keys that the metadata service hands to instances.
//!
//! [`CreateKeyPair`](create_key_pair::CreateKeyPair) makes an RSA or ed25519 pair outside the writer, from the request's
//! seed. The private key is in the answer and nowhere else: neither in the record nor among remembered outcomes, so a
//! retry of a lost answer is told that the name is taken.
//!
//! A fingerprint is what AWS shows, which is three different things: for ed25519 the SHA-256 of the public key as OpenSSH
//! writes it, in base64; for an RSA key made here the SHA-1 of the private key as PKCS #8, for an imported one the MD5
//! of the public key, both of the DER form in colon-separated hex.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html>

mod columns;
mod der;
mod forms;
mod manifest;
mod md5;
mod openssh;
mod ops;
mod pair;
mod ppk;
mod rsa;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use manifest::KeyPairSpec;
pub(crate) use ops::{create_key_pair, delete_key_pair, describe_key_pairs, import_key_pair};
pub use types::{BY_NAME, KeyPair, KeyType, find_by_name, require_by_name};
