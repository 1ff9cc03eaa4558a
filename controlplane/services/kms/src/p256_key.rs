//! A key pair on the curve P-256, as plain octets that records hold. Everything follows from its arguments: nothing is drawn.

use aws_lc_rs::digest::{SHA256, digest};
use controlplane_services_kernel::Random;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use std::fmt;

/// Octets of a public key without its prefix, and of a signature in its fixed form.
pub const LEN: usize = 64;

/// What stands in front of the 64 octets of a public key in its DER form (RFC 5480 section 2): the algorithm, the curve, and
/// that the point is not compressed.
const DER: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

/// A key pair.
#[derive(Clone, PartialEq, Encode, Decode)]
pub struct P256Key {
    #[n(0)]
    private: ByteArray<32>,
    #[n(1)]
    public: ByteArray<LEN>,
}

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// The digest of a message.
pub fn hash(message: &[u8]) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest(&SHA256, message).as_ref());
    hash
}

impl P256Key {
    /// The first pair `random` leads to. One number in 2^32 is no key and passed over.
    pub fn generate(random: &mut Random) -> Self {
        loop {
            let mut private = [0; 32];
            random.fill(&mut private);
            if let Ok(key) = SigningKey::from_slice(&private) {
                let point = key.verifying_key().to_sec1_point(false);
                let mut public = [0; LEN];
                public.copy_from_slice(&point.as_bytes()[1..]);
                return Self { private: private.into(), public: public.into() };
            }
        }
    }

    /// The private half: for those who sign elsewhere with a key that is theirs alone.
    pub fn private(&self) -> &[u8; 32] {
        &self.private
    }

    /// The two coordinates.
    pub fn public(&self) -> &[u8; LEN] {
        &self.public
    }

    /// The public half as `SubjectPublicKeyInfo`.
    pub fn public_der(&self) -> Vec<u8> {
        [DER, self.public.as_slice()].concat()
    }

    fn signature(&self, hash: &Hash) -> Signature {
        // What `generate` kept is a key, and signing a digest of this length with a key does not fail.
        #[allow(clippy::expect_used)]
        let key = SigningKey::from_slice(self.private.as_slice()).expect("a kept key is one");
        #[allow(clippy::expect_used)]
        key.sign_prehash(hash).expect("a digest of 32 octets is signed")
    }

    /// A signature as two numbers of 32 octets.
    pub fn sign(&self, hash: &Hash) -> [u8; LEN] {
        self.signature(hash).to_bytes().into()
    }

    /// A signature in its DER form (RFC 3279 section 2.2.3).
    pub fn sign_der(&self, hash: &Hash) -> Vec<u8> {
        self.signature(hash).to_der().as_bytes().to_vec()
    }

    /// Whether `signature`, in DER form, is one of this key.
    pub fn verify_der(&self, hash: &Hash, signature: &[u8]) -> bool {
        let key = VerifyingKey::from_sec1_bytes(&[&[4], self.public.as_slice()].concat());
        let signature = Signature::from_der(signature);
        key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify_prehash(hash, &signature).is_ok()))
    }
}

/// Private keys stay out of logs.
impl fmt::Debug for P256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("P256Key").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    #[test]
    fn another_implementation_takes_keys_and_signatures() {
        for seed in 0..20 {
            let key = P256Key::generate(&mut Random::from_seed([seed; 32]));
            let (message, other) = ([seed; 100], [seed ^ 1; 100]);
            let digest = hash(&message);
            let point = [&[4], key.public().as_slice()].concat();
            let fixed = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point);
            fixed.verify(&message, &key.sign(&digest)).unwrap();
            assert!(fixed.verify(&other, &key.sign(&digest)).is_err());
            let der = key.sign_der(&digest);
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point).verify(&message, &der).unwrap();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.public_der()).verify(&message, &der).unwrap();
            assert!(key.verify_der(&digest, &der) && !key.verify_der(&hash(&other), &der));
            assert!(!key.verify_der(&digest, &der[1..]) && !key.verify_der(&digest, &key.sign(&digest)));
            assert_eq!(key, P256Key::generate(&mut Random::from_seed([seed; 32])), "the seed decides");
            assert_eq!(key.sign(&digest), key.sign(&digest), "the message decides");
        }
    }

    #[test]
    fn nothing_private_is_printed() {
        let key = P256Key::generate(&mut Random::from_seed([1; 32]));
        assert_eq!(format!("{key:?}"), "P256Key { .. }");
    }
}
