//! A new pair and the files its private half is handed out in.

use super::openssh::{self, PublicKey, field};
use super::rsa::RsaKey;
use super::{der, ppk};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_services_kernel::Random;

/// A pair on its way from `prepare` to the answer.
pub(super) struct NewPair {
    pub(super) public: PublicKey,
    private: Private,
}

enum Private {
    Ed25519 {
        seed: [u8; 32],
        /// What OpenSSH calls the check number.
        check: u32,
    },
    Rsa(Box<RsaKey>),
}

impl NewPair {
    /// As OpenSSH makes them.
    pub(super) fn ed25519(random: &mut Random) -> Option<Self> {
        let (mut seed, mut check) = ([0; 32], [0; 4]);
        random.fill(&mut seed);
        random.fill(&mut check);
        Self::of_seed(seed, u32::from_be_bytes(check))
    }

    pub(super) fn of_seed(seed: [u8; 32], check: u32) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
        let public = PublicKey::ed25519(pair.public_key().as_ref());
        Some(Self { public, private: Private::Ed25519 { seed, check } })
    }

    /// 2048 bits, as AWS makes them. Its fingerprint is of the private key: nobody but AWS ever had it.
    pub(super) fn rsa(random: &mut Random) -> Option<Self> {
        let key = RsaKey::generate(random)?;
        let fingerprint = hex_pairs(digest(&SHA1_FOR_LEGACY_USE_ONLY, &key.pkcs8()).as_ref());
        let public = PublicKey::rsa(&key.public_exponent, &key.modulus, fingerprint);
        Some(Self { public, private: Private::Rsa(Box::new(key)) })
    }

    /// What `ssh -i` takes.
    pub(super) fn pem(&self) -> String {
        match &self.private {
            Private::Ed25519 { seed, check } => {
                let file = openssh::private_file(self.public.blob(), seed, *check);
                armor("OPENSSH PRIVATE KEY", 70, &file)
            }
            Private::Rsa(key) => armor("RSA PRIVATE KEY", 64, &key.pkcs1()),
        }
    }

    /// What PuTTY takes, with the pair's name for a comment.
    pub(super) fn ppk(&self, name: &str) -> String {
        let private = match &self.private {
            Private::Ed25519 { seed, .. } => field(seed),
            Private::Rsa(key) => [&key.private_exponent, &key.primes[0], &key.primes[1], &key.coefficient]
                .into_iter()
                .flat_map(|number| field(number))
                .collect(),
        };
        ppk::file(self.public.algorithm(), name, self.public.blob(), &private)
    }
}

/// `ab:cd:...`
pub(super) fn hex_pairs(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

fn armor(label: &str, width: usize, bytes: &[u8]) -> String {
    let lines = wrapped(&STANDARD.encode(bytes), width).join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}

/// ASCII in lines of this width.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<&str> {
    (0..text.len()).step_by(width).map(|at| &text[at..text.len().min(at + width)]).collect()
}

/// The MD5 of a public RSA key as SubjectPublicKeyInfo: what AWS shows of an imported one.
pub(super) fn imported_rsa_fingerprint(exponent: &[u8], modulus: &[u8]) -> String {
    let numbers = [der::value(der::INTEGER, modulus), der::value(der::INTEGER, exponent)].concat();
    let key = der::value(der::SEQUENCE, &numbers);
    let bit_string = der::value(der::BIT_STRING, &[&[0], key.as_slice()].concat());
    let algorithm = der::value(der::SEQUENCE, &der::RSA_ENCRYPTION);
    hex_pairs(&super::md5::digest(&der::value(der::SEQUENCE, &[algorithm, bit_string].concat())))
}
