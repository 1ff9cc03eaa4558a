//! The secrets that peers and this server share.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_types::dns::Name;
use ipnet::IpNet;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What is shorter can be guessed; RFC 8945 section 8 asks for the digest's length, which is more.
const MIN_SECRET: usize = 16;

/// Who may transfer zones, and who is told when they change; by default nobody.
#[derive(Clone, Debug, Default)]
pub struct TransferConfig {
    /// Keys that peers sign with.
    pub keys: Vec<KeyFile>,
    /// Networks that peers are in.
    pub to: Vec<IpNet>,
    /// Name servers that are told when a zone changed (NOTIFY, RFC 1996), signed with the first key.
    pub notify: Vec<SocketAddr>,
}

/// A key and where its secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    /// A domain name, the same on both sides.
    pub name: String,
    /// The file holds the secret in base64, and before it, if it is not `hmac-sha256`, the algorithm and a colon.
    pub path: PathBuf,
}

/// Why a key cannot be used. The secret is not told.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: String,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// A name that is no domain name.
    #[error("{0:?} is no domain name, as names of keys have to be")]
    Name(String),
    /// Two keys of one name.
    #[error("there are two keys named {0:?}")]
    Twice(String),
    /// Another algorithm.
    #[error("{0:?} is none of hmac-sha256, hmac-sha384 and hmac-sha512")]
    Algorithm(String),
    /// The rest of the file.
    #[error("the secret in {0} is no base64")]
    NotBase64(String),
    /// A short secret.
    #[error("the secret in {0} has fewer than 16 octets")]
    Short(String),
}

/// The algorithms served (RFC 8945 section 6); the others are weaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "hmac-sha256" => Some(Self::Sha256),
            "hmac-sha384" => Some(Self::Sha384),
            "hmac-sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Its name, in wire form.
    pub(super) fn wire(self) -> &'static [u8] {
        match self {
            Self::Sha256 => b"\x0bhmac-sha256\0",
            Self::Sha384 => b"\x0bhmac-sha384\0",
            Self::Sha512 => b"\x0bhmac-sha512\0",
        }
    }

    fn digest(self) -> hmac::Algorithm {
        match self {
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

/// A key.
pub(crate) struct Key {
    pub(super) name: Name,
    pub(super) algorithm: Algorithm,
    secret: hmac::Key,
}

impl Key {
    /// Reads the file.
    pub(super) fn load(file: &KeyFile) -> Result<Self, KeyError> {
        let path = file.path.display().to_string();
        match std::fs::read_to_string(&file.path) {
            Ok(text) => Self::parse(&file.name, &text, path),
            Err(source) => Err(KeyError::File { path, source }),
        }
    }

    fn parse(name: &str, text: &str, path: String) -> Result<Self, KeyError> {
        let parsed = Name::parse(name).map_err(|_| KeyError::Name(name.to_owned()))?;
        let (algorithm, secret) = text.trim().split_once(':').unwrap_or(("hmac-sha256", text.trim()));
        let algorithm =
            Algorithm::parse(algorithm).ok_or_else(|| KeyError::Algorithm(algorithm.to_owned()))?;
        match STANDARD.decode(secret) {
            Err(_) => Err(KeyError::NotBase64(path)),
            Ok(secret) if secret.len() < MIN_SECRET => Err(KeyError::Short(path)),
            Ok(secret) => {
                let secret = hmac::Key::new(algorithm.digest(), &secret);
                Ok(Self { name: parsed, algorithm, secret })
            }
        }
    }

    /// Octets of a code.
    pub(super) fn mac_len(&self) -> usize {
        self.algorithm.digest().digest_algorithm().output_len
    }

    /// The code over `parts`, one behind the other.
    pub(super) fn mac(&self, parts: &[&[u8]]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.secret);
        parts.iter().for_each(|part| context.update(part));
        context.sign()
    }
}

/// The secret stays out of logs.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str, text: &str) -> Result<Key, KeyError> {
        Key::parse(name, text, "FILE".to_owned())
    }

    #[test]
    fn a_secret_is_read_with_its_algorithm_and_never_printed() {
        let secret = "MDEyMzQ1Njc4OWFiY2RlZg==";
        for (text, algorithm) in [
            (format!("{secret}\n"), Algorithm::Sha256),
            (format!("hmac-sha256:{secret}"), Algorithm::Sha256),
            (format!("hmac-sha384:{secret}\n"), Algorithm::Sha384),
            (format!("hmac-sha512:{secret}"), Algorithm::Sha512),
        ] {
            let key = parsed("Peer.Example", &text).unwrap();
            assert_eq!((key.algorithm, key.name.to_string().as_str()), (algorithm, "peer.example."));
            assert_eq!(key.mac(&[b"a".as_slice()]).as_ref().len(), key.mac_len());
            assert_eq!(format!("{key:?}"), "Key { name: peer.example., .. }");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_telling_the_secret() {
        let cases = [
            ("a..b", "MDEyMzQ1Njc4OWFiY2RlZg==", "\"a..b\" is no domain name, as names of keys have to be"),
            (
                "a",
                "hmac-md5:MDEyMzQ1Njc4OWFiY2RlZg==",
                "\"hmac-md5\" is none of hmac-sha256, hmac-sha384 and hmac-sha512",
            ),
            ("a", "secret!", "the secret in FILE is no base64"),
            ("a", "", "the secret in FILE has fewer than 16 octets"),
            ("a", "MDEyMzQ1Njc4OWFiY2Rl", "the secret in FILE has fewer than 16 octets"),
        ];
        for (name, text, error) in cases {
            assert_eq!(parsed(name, text).unwrap_err().to_string(), error);
        }
    }
}
