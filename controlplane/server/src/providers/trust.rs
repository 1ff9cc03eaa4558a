//! Whom one believes to be a provider's server: whoever the machine's authorities vouch for, or else whoever shows, as the last
//! certificate of the chain, one that the provider is registered with.
//!
//! The thumbprint chooses the authority, it does not replace the check: names, dates and signatures of the chain are held
//! against that certificate as they would be against an authority everybody knows. So a server that merely sends the right
//! certificate along, without its key, is refused.

use crate::pki::vouched_for_by;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::Arc;

/// See the module.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) provider: Arc<CryptoProvider>,
    /// Authorities of the machine, where it has any.
    pub(super) everybody: Option<Arc<WebPkiServerVerifier>>,
    /// Whom else to believe.
    pub(super) known_by: KnownBy,
}

/// What a certificate that nobody vouches for is judged by.
#[derive(Debug)]
pub(super) enum KnownBy {
    /// It has one of these thumbprints.
    Thumbprint(Vec<String>),
    /// It is looked at, and nothing more is said.
    Looks,
}

/// SHA-1 of a certificate, in hexadecimal digits: what AWS calls its thumbprint.
pub(super) fn thumbprint(certificate: &CertificateDer<'_>) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let KnownBy::Thumbprint(known) = &self.known_by else { return Ok(ServerCertVerified::assertion()) };
        const NOBODYS: Error = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let verified = self.everybody.as_ref().map_or(Err(NOBODYS), |everybody| {
            everybody.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        });
        if verified.as_ref().err() != Some(&NOBODYS) {
            return verified;
        }
        let last = intermediates.last().unwrap_or(end_entity);
        if !known.contains(&thumbprint(last)) {
            return Err(NOBODYS);
        }
        let own = vouched_for_by(last, &self.provider)?;
        own.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
