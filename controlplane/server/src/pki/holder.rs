//! What a certificate says: read from its bytes, by the doors and by whoever renews it.

use super::fingerprint::hex;
use super::{PkiError, Role};
use controlplane_services_native::certificate::validate_name;
use controlplane_types::Timestamp;
use std::time::Duration;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The holder of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What it is.
    pub role: Role,
    /// Who it is.
    pub name: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// When the certificate begins.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
}

impl Holder {
    /// Reads a certificate (DER). Says nothing about who signed it.
    pub fn read(der: &[u8]) -> Result<Self, PkiError> {
        let malformed = |reason: &str| PkiError::Malformed(format!("the certificate {reason}"));
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| malformed("cannot be read"))?;
        let names = dns_names(&certificate).ok_or_else(|| malformed("has no names"))?;
        let (role, name) = holder(&names).ok_or_else(|| malformed("names no holder"))?;
        let time =
            |seconds: i64| Timestamp::from_millis(u64::try_from(seconds).unwrap_or(0).saturating_mul(1000));
        let serial = certificate.raw_serial();
        Ok(Self {
            role,
            name,
            serial: hex(serial.strip_prefix(&[0]).unwrap_or(serial)),
            not_before: time(certificate.validity().not_before.timestamp()),
            not_after: time(certificate.validity().not_after.timestamp()),
        })
    }

    /// When a fresh certificate is due: after two thirds of the life.
    pub fn renewal_at(&self) -> Timestamp {
        self.not_before + self.life() * 2 / 3
    }

    /// The whole life.
    pub fn life(&self) -> Duration {
        self.not_after.since(self.not_before)
    }

    /// `role/name`.
    pub fn display_name(&self) -> String {
        format!("{}/{}", self.role.as_str(), self.name)
    }
}

fn dns_names<'c>(certificate: &'c X509Certificate<'_>) -> Option<Vec<&'c str>> {
    let names = certificate.subject_alternative_name().ok()??;
    let names = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(*name),
        _ => None,
    });
    Some(names.collect())
}

/// The one role, and the name before it. A certificate that names two holders is nobody's.
fn holder(names: &[&str]) -> Option<(Role, String)> {
    let mut roles = Role::ALL.into_iter().filter(|role| names.contains(&role.dns_name().as_str()));
    let role = roles.next()?;
    if roles.next().is_some() {
        return None;
    }
    let suffix = format!(".{}", role.dns_name());
    let mut held = names.iter().filter_map(|name| name.strip_suffix(&suffix));
    let name = held.next().filter(|name| validate_name(name).is_ok())?;
    held.next().is_none().then(|| (role, name.to_owned()))
}
