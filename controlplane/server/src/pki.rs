//! The cluster's own certificate authority and the certificates of one machine, as files.
//!
//! Every internal link is mutual TLS under this one CA. What a certificate may do is its role, a DNS name inside it
//! (`agent.hearth.internal`): a node's certificate opens no administrator's door. For now the CA is made once, at the first start
//! of the first server, and its files are copied by whoever adds a machine.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::fs;
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

/// What the holder of a certificate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A control-plane server.
    Server,
    /// A node agent.
    Agent,
    /// A DNS server.
    Dns,
    /// An administrator's command line.
    Client,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [Role::Server, Role::Agent, Role::Dns, Role::Client];

    /// Name of its files.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Server => "server",
            Role::Agent => "agent",
            Role::Dns => "dns",
            Role::Client => "client",
        }
    }

    /// The name inside its certificates.
    pub fn dns_name(self) -> String {
        format!("{}.hearth.internal", self.as_str())
    }
}

/// Why certificates cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A file cannot be read or written.
    #[error("{path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// TLS refuses the certificates.
    #[error("the certificates cannot be used: {0}")]
    Tls(String),
    /// A key or certificate is not what it should be.
    #[error("{path}")]
    Certificate {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rcgen::Error,
    },
}

/// What a TLS client or server of the cluster needs, as PEM.
pub struct Pem {
    /// Certificate of the cluster's authority.
    pub ca: String,
    /// Own certificate.
    pub certificate: String,
    /// Own private key.
    pub key: String,
}

/// The folder with a machine's certificates.
#[derive(Clone, Debug)]
pub struct Pki(PathBuf);

impl Pki {
    /// Certificates that are already in `dir`.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self(dir.into())
    }

    /// Makes the CA and one certificate per role where they are missing; servers answer for `addresses` too.
    pub fn ensure(dir: &Path, addresses: &[IpAddr]) -> Result<Self, PkiError> {
        let pki = Self(dir.to_owned());
        fs::create_dir_all(dir).map_err(|source| PkiError::File { path: dir.to_owned(), source })?;
        if !pki.path("ca", "pem").exists() {
            pki.make_ca()?;
        }
        for role in Role::ALL {
            if !pki.path(role.as_str(), "pem").exists() {
                pki.issue(role, addresses)?;
            }
        }
        Ok(pki)
    }

    /// TLS of a gRPC server that knows its callers.
    pub fn server_tls(&self, role: Role) -> Result<ServerTlsConfig, PkiError> {
        Ok(ServerTlsConfig::new().identity(self.identity(role)?).client_ca_root(self.ca()?))
    }

    /// TLS of a gRPC client that wants to speak with a `peer`, and with nobody else under its address.
    pub fn client_tls(&self, role: Role, peer: Role) -> Result<ClientTlsConfig, PkiError> {
        let tls = ClientTlsConfig::new().identity(self.identity(role)?).ca_certificate(self.ca()?);
        Ok(tls.domain_name(peer.dns_name()))
    }

    /// CA certificate, own certificate and own key of a role, as PEM.
    pub fn pem(&self, role: Role) -> Result<Pem, PkiError> {
        let name = role.as_str();
        Ok(Pem {
            ca: self.read("ca", "pem")?,
            certificate: self.read(name, "pem")?,
            key: self.read(name, "key")?,
        })
    }

    fn make_ca(&self) -> Result<(), PkiError> {
        let key = KeyPair::generate().map_err(|source| self.broken("ca", source))?;
        let certificate = ca_params().self_signed(&key).map_err(|source| self.broken("ca", source))?;
        self.write("ca", "key", &key.serialize_pem())?;
        self.write("ca", "pem", &certificate.pem())
    }

    fn issue(&self, role: Role, addresses: &[IpAddr]) -> Result<(), PkiError> {
        let name = role.as_str();
        let broken = |source| self.broken(name, source);
        let ca_key = KeyPair::from_pem(&self.read("ca", "key")?).map_err(broken)?;
        let ca = ca_params();
        let issuer = Issuer::from_params(&ca, ca_key);
        let mut names = vec![role.dns_name()];
        if matches!(role, Role::Server | Role::Dns) {
            names.push("localhost".to_owned());
            names.extend(addresses.iter().map(IpAddr::to_string));
        }
        let mut params = CertificateParams::new(names).map_err(broken)?;
        params.distinguished_name.push(DnType::CommonName, format!("hearth {name}"));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        params.not_after = rcgen::date_time_ymd(2099, 1, 1);
        let key = KeyPair::generate().map_err(broken)?;
        let certificate = params.signed_by(&key, &issuer).map_err(broken)?;
        self.write(name, "key", &key.serialize_pem())?;
        self.write(name, "pem", &certificate.pem())
    }

    fn identity(&self, role: Role) -> Result<Identity, PkiError> {
        Ok(Identity::from_pem(self.read(role.as_str(), "pem")?, self.read(role.as_str(), "key")?))
    }

    fn ca(&self) -> Result<Certificate, PkiError> {
        Ok(Certificate::from_pem(self.read("ca", "pem")?))
    }

    fn path(&self, name: &str, extension: &str) -> PathBuf {
        self.0.join(format!("{name}.{extension}"))
    }

    fn broken(&self, name: &str, source: rcgen::Error) -> PkiError {
        PkiError::Certificate { path: self.path(name, "pem"), source }
    }

    fn read(&self, name: &str, extension: &str) -> Result<String, PkiError> {
        let path = self.path(name, extension);
        fs::read_to_string(&path).map_err(|source| PkiError::File { path, source })
    }

    /// Writes aside and renames, so that no half certificate is ever found; keys are for their owner only.
    fn write(&self, name: &str, extension: &str, text: &str) -> Result<(), PkiError> {
        let path = self.path(name, extension);
        let aside = self.path(name, &format!("{extension}.new"));
        let mode = if extension == "key" { 0o600 } else { 0o644 };
        let written =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&aside).and_then(
                |mut file| {
                    file.write_all(text.as_bytes())?;
                    file.sync_all()?;
                    fs::rename(&aside, &path)
                },
            );
        written.map_err(|source| PkiError::File { path, source })
    }
}

/// What the CA's certificate says; the same at every start, so that it can issue without reading its certificate.
fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Hearth cluster CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_after = rcgen::date_time_ymd(2099, 1, 1);
    params
}
