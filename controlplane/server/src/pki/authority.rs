//! The cluster's authority: signs what the log has decided.

use super::{Fingerprint, Holder, PkiError, PublicKey, Role};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_types::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fmt;
use std::time::Duration;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};

/// How long an authority lives.
const LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// What an agent answers to beside its own name: the resolver of the VPCs on its machine, by name, and by the address that is
/// the same in every VPC.
const RESOLVER_NAMES: [&str; 2] = ["resolver.hearth.internal", "169.254.169.253"];
/// Clocks may differ by this much.
const BACKDATED_MS: u64 = 24 * 3600 * 1000;

/// The authority with its key.
pub struct Authority {
    pem: String,
    fingerprint: Fingerprint,
    not_after: Timestamp,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new one; its certificate and its key, as PEM.
    pub fn generate(now: Timestamp) -> Result<(String, String), PkiError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Hearth cluster CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = date(Timestamp::from_millis(now.as_millis().saturating_sub(BACKDATED_MS)));
        params.not_after = date(now + LIFE);
        let certificate = params.self_signed(&key)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }

    /// The authority whose key this is, among those of a bundle.
    pub fn from_pem(bundle: &str, key: &str) -> Result<Self, PkiError> {
        let key = KeyPair::from_pem(key)?;
        for der in CertificateDer::pem_slice_iter(bundle.as_bytes()).flatten() {
            let Ok((_, certificate)) = X509Certificate::from_der(&der) else { continue };
            if certificate.public_key().subject_public_key.data[..] != *key.der_bytes() {
                continue;
            }
            let ends = u64::try_from(certificate.validity().not_after.timestamp()).unwrap_or(0);
            return Ok(Self {
                pem: pem(&der),
                fingerprint: Fingerprint::of(&der),
                not_after: Timestamp::from_millis(ends.saturating_mul(1000)),
                issuer: Issuer::from_ca_cert_der(&der, key)?,
            });
        }
        Err(PkiError::Malformed("no authority of the bundle belongs to the key".to_owned()))
    }

    /// Signs a certificate for the holder of `key`; the chain, as PEM. `names` are more names and addresses a server answers
    /// to. The authority comes along, so that a joiner who knows only its fingerprint can follow the chain.
    pub fn sign(&self, key: &PublicKey, holder: &Holder, names: &[String]) -> Result<String, PkiError> {
        let certificate = params(holder, names)?.signed_by(key.inner(), &self.issuer)?;
        Ok(certificate.pem() + &self.pem)
    }

    /// Its own certificate, as PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// What tokens call it by.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// When it ends, and with it all it signed.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

/// The key stays out of logs.
impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

/// Names and addresses a server answers to beside its role's: for AWS clients, which go by the address.
pub fn server_names<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    for address in addresses {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']']);
        let says_nothing = host.is_empty() || host == "0.0.0.0" || host == "::";
        if !says_nothing && !names.iter().any(|name| name == host) {
            names.push(host.to_owned());
        }
    }
    names
}

fn params(holder: &Holder, names: &[String]) -> Result<CertificateParams, PkiError> {
    let mut all = vec![holder.role.dns_name(), holder.role.dns_name_of(&holder.name)];
    match holder.role {
        Role::Server => all.extend_from_slice(names),
        Role::Agent => all.extend(RESOLVER_NAMES.map(str::to_owned)),
        Role::Dns | Role::Client => {}
    }
    let mut params = CertificateParams::new(all)?;
    params.distinguished_name.push(DnType::CommonName, format!("hearth {}", holder.display_name()));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(serial(&holder.serial)?);
    params.not_before = date(holder.not_before);
    params.not_after = date(holder.not_after);
    Ok(params)
}

fn serial(text: &str) -> Result<SerialNumber, PkiError> {
    let bytes =
        u128::from_str_radix(text, 16).map_err(|_| PkiError::Malformed(format!("serial {text:?}")))?;
    Ok(SerialNumber::from_slice(&bytes.to_be_bytes()))
}

/// Times beyond what X.509 can write do not come from any clock of ours.
fn date(time: Timestamp) -> OffsetDateTime {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn pem(der: &CertificateDer<'_>) -> String {
    let text = STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
    format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", lines.collect::<String>())
}
