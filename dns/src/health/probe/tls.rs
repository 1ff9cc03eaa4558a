//! TLS as a health check wants it: no certificate is refused (rule 13). What is asked is whether the endpoint works, not who
//! it is, and nothing secret is said to it.
//!
//! The house's one TLS stack speaks 1.2 and 1.3; an endpoint that has nothing newer than 1.1 fails here.

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use std::io;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Makes handshakes; clones share their settings.
#[derive(Clone)]
pub struct Tls(TlsConnector);

impl Tls {
    /// Fails where the cryptography of this build cannot do TLS at all.
    pub fn new() -> Result<Self, Error> {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let mut config = builder
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody))
            .with_no_client_auth();
        // A whole handshake each time: a resumed one would not show that the endpoint still can.
        config.resumption = Resumption::disabled();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// An address as name means that none is sent.
    pub(super) async fn handshake(
        &self,
        name: ServerName<'static>,
        stream: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        self.0.connect(name, stream).await
    }
}

/// What can be put into a greeting: a name and no address.
pub(super) fn name(host: &str) -> Option<ServerName<'static>> {
    let name = ServerName::try_from(host.to_owned()).ok()?;
    matches!(name, ServerName::DnsName(_)).then_some(name)
}

/// Whether the endpoint's certificate names `host`.
pub(super) fn is_for(stream: &TlsStream<TcpStream>, host: &str) -> bool {
    let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
    certificates.first().is_some_and(|certificate| names(certificate, host))
}

/// The common name counts as well as the alternative names.
fn names(certificate: &[u8], host: &str) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return false };
    let alternative = certificate.subject_alternative_name().ok().flatten();
    let mut alternatives = alternative.iter().flat_map(|extension| &extension.value.general_names);
    let mut common = certificate.subject().iter_common_name();
    alternatives.any(|name| matches!(name, GeneralName::DNSName(name) if covers(name, host)))
        || common.any(|name| name.as_str().is_ok_and(|name| covers(name, host)))
}

/// A `*` stands for the leftmost label, whole.
fn covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent)),
        None => pattern.eq_ignore_ascii_case(host),
    }
}

/// Believes everybody.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    /// Every scheme there is, since none is checked: an old endpoint shall not fail for its signatures.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        use SignatureScheme as Scheme;
        vec![
            Scheme::ECDSA_NISTP256_SHA256,
            Scheme::ECDSA_NISTP384_SHA384,
            Scheme::ECDSA_NISTP521_SHA512,
            Scheme::ED25519,
            Scheme::ED448,
            Scheme::RSA_PSS_SHA256,
            Scheme::RSA_PSS_SHA384,
            Scheme::RSA_PSS_SHA512,
            Scheme::RSA_PKCS1_SHA256,
            Scheme::RSA_PKCS1_SHA384,
            Scheme::RSA_PKCS1_SHA512,
            Scheme::ECDSA_SHA1_Legacy,
            Scheme::RSA_PKCS1_SHA1,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_names_hosts_by_both_kinds_of_names() {
        let made = |alternatives: &[&str], common: &str| {
            let names: Vec<String> = alternatives.iter().map(|name| (*name).to_owned()).collect();
            let mut params = rcgen::CertificateParams::new(names).unwrap();
            params.distinguished_name.push(rcgen::DnType::CommonName, common);
            params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().to_vec()
        };
        for (alternatives, common, host, expected) in [
            (&["www.example.com"][..], "x", "www.example.com", true),
            (&["www.example.com"], "x", "WWW.example.com", true),
            (&["www.example.com"], "x", "example.com", false),
            (&["a.test", "*.example.com"], "x", "www.example.com", true),
            (&["*.example.com"], "x", "a.www.example.com", false),
            (&["*.example.com"], "x", "example.com", false),
            (&[], "www.example.com", "www.example.com", true),
            (&["192.0.2.1"], "x", "www.example.com", false),
        ] {
            assert_eq!(
                names(&made(alternatives, common), host),
                expected,
                "{alternatives:?} {common} {host}"
            );
        }
        assert!(!names(b"no certificate", "www.example.com"));
    }

    #[test]
    fn addresses_and_odd_names_are_not_sent() {
        assert!(name("www.example.com").is_some());
        assert!(["192.0.2.1", "2001:db8::1", "", "a b"].into_iter().all(|host| name(host).is_none()));
    }
}
