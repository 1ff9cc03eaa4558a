//! An authority of its own for one test.

use crate::resolver::{EVERYWHERE, NAME};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ResolvesServerCert;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use std::sync::Arc;

/// An authority and what it signs.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// Whom its clients trust.
    pub(crate) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }

    /// Certificate and key.
    pub(crate) fn sign(&self, name: &str) -> (String, String) {
        self.sign_all(&[name.to_owned()])
    }

    fn sign_all(&self, names: &[String]) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(names).unwrap();
        // Called like its issuer it would be taken for signed by itself.
        params.distinguished_name.push(DnType::CommonName, &names[0]);
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    /// What the resolvers of a machine show.
    pub(crate) fn resolver(&self) -> Arc<dyn ResolvesServerCert> {
        let (certificate, key) = self.sign_all(&[NAME.to_owned(), EVERYWHERE.to_string()]);
        let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let shown = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).unwrap();
        Arc::new(SingleCertAndKey::from(shown))
    }
}
