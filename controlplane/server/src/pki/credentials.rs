//! One role's certificate of the moment, as rustls configurations that need no restart.
//!
//! rustls asks a resolver for the certificate and a verifier for the trust at every handshake. Both look into one cell here, so
//! putting a new certificate in is all there is to a rotation: listeners and connectors made long before use it from
//! the next handshake on, and connections that stand stay as they are.

use super::verifiers::{Clients, Pinned, Servers};
use super::{Fingerprint, Folder, Holder, PkiError, Role};
use arc_swap::ArcSwap;
use controlplane_proto::tls::Connector;
use rustls::client::{ResolvesClientCert, Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, ClientConfig, RootCertStore, ServerConfig, SignatureScheme};
use std::fmt;
use std::sync::Arc;

const GRPC: &[u8] = b"h2";

/// A door's own rule about a client whose certificate the authority has signed.
pub type Admit = Arc<dyn Fn(&Holder) -> Result<(), CertificateError> + Send + Sync>;

/// One role's certificate, its key, and whom it trusts; all of them may change at any time.
pub struct Credentials {
    role: Role,
    folder: Folder,
    current: Arc<ArcSwap<Current>>,
}

/// What one handshake uses.
pub(super) struct Current {
    key: Arc<CertifiedKey>,
    holder: Holder,
    pub(super) servers: Arc<WebPkiServerVerifier>,
    pub(super) clients: Arc<dyn ClientCertVerifier>,
}

impl Credentials {
    /// The certificate of `role` in `folder`.
    pub fn load(folder: Folder, role: Role) -> Result<Self, PkiError> {
        let current = Arc::new(ArcSwap::from_pointee(Current::read(&folder, role)?));
        Ok(Self { role, folder, current })
    }

    /// Takes over what the folder holds now.
    pub fn reload(&self) -> Result<(), PkiError> {
        self.current.store(Arc::new(Current::read(&self.folder, self.role)?));
        Ok(())
    }

    /// What the certificate of the moment says.
    pub fn holder(&self) -> Holder {
        self.current.load().holder.clone()
    }

    /// Where it is kept.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Connections to servers of the house that prove to have the role `peer`.
    pub fn connector(&self, peer: Role) -> Result<Connector, PkiError> {
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Servers(self.current.clone())))
            .with_client_cert_resolver(Arc::new(Resolver(self.current.clone())));
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![GRPC.to_vec()];
        connector(config, peer)
    }

    /// TLS of a gRPC port that asks for a certificate and lets its services decide what to do without one.
    pub fn open_door(&self, admit: Admit) -> Result<Arc<ServerConfig>, PkiError> {
        self.door(Clients { current: self.current.clone(), admit, mandatory: false })
    }

    /// TLS of a gRPC port nobody enters without a certificate.
    pub fn closed_door(&self, admit: Admit) -> Result<Arc<ServerConfig>, PkiError> {
        self.door(Clients { current: self.current.clone(), admit, mandatory: true })
    }

    fn door(&self, clients: Clients) -> Result<Arc<ServerConfig>, PkiError> {
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(clients))
            .with_cert_resolver(self.resolver());
        Ok(without_memory(config, &[GRPC]))
    }

    /// The certificate of the moment, for a port that asks its clients for none.
    pub fn resolver(&self) -> Arc<dyn ResolvesServerCert> {
        Arc::new(Resolver(self.current.clone()))
    }
}

/// Connections of somebody who has nothing yet but a fingerprint.
pub(crate) fn pinned_connector(authority: Fingerprint, peer: Role) -> Result<Connector, PkiError> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned { authority, provider: provider() }))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![GRPC.to_vec()];
    connector(config, peer)
}

/// TLS that remembers no session, so that every connection is checked anew.
pub(crate) fn without_memory(mut config: ServerConfig, protocols: &[&[u8]]) -> Arc<ServerConfig> {
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Arc::new(config)
}

/// The one crypto provider of the house.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// A certificate chain and its key out of PEM text.
pub(crate) fn certified_key(certificates: &str, key: &str) -> Result<CertifiedKey, PkiError> {
    let malformed = |error: rustls::pki_types::pem::Error| PkiError::Malformed(error.to_string());
    let chain: Vec<CertificateDer<'static>> = certificates_in(certificates)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(malformed)?;
    Ok(CertifiedKey::from_der(chain, key, &provider())?)
}

fn connector(config: ClientConfig, peer: Role) -> Result<Connector, PkiError> {
    Connector::new(Arc::new(config), &peer.dns_name()).map_err(|error| PkiError::Malformed(error.to_string()))
}

fn certificates_in(pem: &str) -> Result<Vec<CertificateDer<'static>>, PkiError> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| PkiError::Malformed(error.to_string()))
}

impl Current {
    fn read(folder: &Folder, role: Role) -> Result<Self, PkiError> {
        let holder = folder.holder(role)?;
        let (own, authorities) = folder.pem(role)?;
        let mut roots = RootCertStore::empty();
        for authority in certificates_in(&authorities)? {
            roots.add(authority)?;
        }
        let roots = Arc::new(roots);
        let wrong = |error: rustls::client::VerifierBuilderError| PkiError::Malformed(error.to_string());
        Ok(Self {
            key: Arc::new(certified_key(&own, &own)?),
            holder,
            servers: WebPkiServerVerifier::builder_with_provider(roots.clone(), provider())
                .build()
                .map_err(wrong)?,
            clients: WebPkiClientVerifier::builder_with_provider(roots, provider()).build().map_err(wrong)?,
        })
    }
}

/// The key stays out of logs.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("holder", &self.holder()).finish_non_exhaustive()
    }
}

/// Answers with the certificate of the moment, on either side.
struct Resolver(Arc<ArcSwap<Current>>);

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load().key.clone())
    }
}

impl ResolvesClientCert for Resolver {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load().key.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}
