//! Asking for a certificate: a fresh key, and a request that proves that the key is held.

use super::PkiError;
use super::fingerprint::sha256;
use rcgen::{CertificateParams, CertificateSigningRequestParams, KeyPair, PublicKeyData};
use rustls::pki_types::CertificateSigningRequestDer;
use std::fmt;

/// A longer request is none of ours: with one elliptic curve key it has about 200 bytes.
const MAX_REQUEST: usize = 4096;

/// A fresh key with the request for its certificate.
pub struct KeyAndRequest {
    /// PEM; stays on this machine.
    pub key: String,
    /// PKCS #10, DER.
    pub request: Vec<u8>,
}

impl KeyAndRequest {
    /// A new one. The request names nobody: who the holder is, is decided by whoever signs.
    pub fn generate() -> Result<Self, PkiError> {
        Self::of(&KeyPair::generate()?)
    }

    /// A request for a key that was made before.
    pub(super) fn of_key(pem: &str) -> Result<Self, PkiError> {
        Self::of(&KeyPair::from_pem(pem)?)
    }

    fn of(key: &KeyPair) -> Result<Self, PkiError> {
        let request = CertificateParams::default().serialize_request(key)?;
        Ok(Self { key: key.serialize_pem(), request: request.der().to_vec() })
    }
}

/// The key stays out of logs.
impl fmt::Debug for KeyAndRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyAndRequest").finish_non_exhaustive()
    }
}

/// The public half, out of a request whose signature proves that its sender holds the other one.
pub struct PublicKey(rcgen::PublicKey);

impl PublicKey {
    /// Reads and verifies a request.
    pub fn of_request(der: &[u8]) -> Result<Self, PkiError> {
        let malformed =
            || PkiError::Malformed("csr: not a certificate request with a valid signature".to_owned());
        if der.len() > MAX_REQUEST {
            return Err(malformed());
        }
        let der = CertificateSigningRequestDer::from(der);
        let request = CertificateSigningRequestParams::from_der(&der).map_err(|_| malformed())?;
        Ok(Self(request.public_key))
    }

    /// SHA-256.
    pub fn hash(&self) -> [u8; 32] {
        sha256(self.0.der_bytes())
    }

    pub(super) fn inner(&self) -> &rcgen::PublicKey {
        &self.0
    }
}
