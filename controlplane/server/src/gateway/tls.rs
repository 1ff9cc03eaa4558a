//! TLS of the AWS port.
//!
//! AWS's clients know nothing of the house's authority, so this port is the one place where plain HTTP is allowed: on loopback
//! as a matter of course, elsewhere only on an explicit word. With TLS it shows either a certificate of the cluster (clients
//! then need `AWS_CA_BUNDLE`, which `hearth env` prints) or one given as files, which may change at any time.

use crate::pki::{Credentials, PkiError, certified_key, provider, without_memory};
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// How AWS's clients reach the port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AwsLink {
    /// Plain HTTP, on loopback only.
    Loopback,
    /// Plain HTTP anywhere: somebody has asked for it.
    Plaintext,
    /// TLS with this server's own certificate.
    ClusterAuthority,
    /// TLS with a certificate from somewhere else.
    Given {
        /// Chain, PEM.
        certificate: PathBuf,
        /// Key, PEM.
        key: PathBuf,
    },
}

impl AwsLink {
    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        match self {
            Self::Loopback | Self::Plaintext => "http",
            Self::ClusterAuthority | Self::Given { .. } => "https",
        }
    }

    /// TLS of the port, if it has any.
    pub(crate) fn config(&self, own: &Credentials) -> Result<Option<Arc<ServerConfig>>, PkiError> {
        let resolver: Arc<dyn ResolvesServerCert> = match self {
            Self::Loopback | Self::Plaintext => return Ok(None),
            Self::ClusterAuthority => own.resolver(),
            Self::Given { certificate, key } => Arc::new(Files::open(certificate, key)?),
        };
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        Ok(Some(without_memory(config, &[b"h2", b"http/1.1"])))
    }
}

/// When a file was written, and how long it is: what changes when somebody replaces it.
type Stamp = [(Option<SystemTime>, u64); 2];

/// A certificate in files. Looked at in each handshake, so nothing has to tick and no signal is needed.
#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    loaded: Mutex<(Stamp, Arc<CertifiedKey>)>,
}

impl Files {
    fn open(certificate: &Path, key: &Path) -> Result<Self, PkiError> {
        let stamp = stamp(certificate, key);
        let loaded = Mutex::new((stamp, Arc::new(load(certificate, key)?)));
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), loaded })
    }

    /// The newest pair that fits together. Between the replacement of one file and of the other, that is the old one.
    fn current(&self) -> Arc<CertifiedKey> {
        let stamp = stamp(&self.certificate, &self.key);
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if loaded.0 != stamp {
            match load(&self.certificate, &self.key) {
                Ok(key) => *loaded = (stamp, Arc::new(key)),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the AWS port keeps its old certificate"
                    );
                }
            }
        }
        loaded.1.clone()
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

fn stamp(certificate: &Path, key: &Path) -> Stamp {
    [certificate, key].map(|path| {
        fs::metadata(path).map_or((None, 0), |metadata| (metadata.modified().ok(), metadata.len()))
    })
}

fn load(certificate: &Path, key: &Path) -> Result<CertifiedKey, PkiError> {
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|source| PkiError::File { path: path.to_owned(), source })
    };
    certified_key(&read(certificate)?, &read(key)?)
        .map_err(|error| PkiError::Unusable { path: certificate.to_owned(), reason: error.to_string() })
}
