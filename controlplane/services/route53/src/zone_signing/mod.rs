//! A zone that is signed: the keys that sign its records, and the signatures of its key-signing keys over them.
//!
//! There is a record while the zone signs; `SIGNING` and `NOT_SIGNING` are whether there is one. Zone-signing keys belong to
//! Route 53: made here, never shown, told to the DNS servers, which sign each answer. They are replaced every 7 to 30 days by
//! publishing the next one ahead ([`rotation`]). A key-signing key never leaves KMS: what it signs, the keys themselves, is
//! signed here for some days ahead ([`signatures`]). Both are the controller's work; design note 0070 says why so.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-configuring-dnssec.html>

pub mod controller;
pub mod ops;
pub mod rotation;
pub mod signatures;
mod types;

#[cfg(test)]
mod tests;

pub use types::{KEYS_TTL, Phase, ZoneSigning, ZoneSigningKey};

use crate::key_signing_key::KeySigningKey;
use crate::{HostedZone, errors};
use controlplane_services_kernel::{Context, Reader, ServiceError, View};
use controlplane_types::AccountId;
use controlplane_types::dns::Name;

/// Whether a zone of the caller's is signed.
pub(crate) fn is_signing(zone_id: &str, reader: &Reader) -> bool {
    reader.get::<ZoneSigning>(zone_id).is_some()
}

/// The name of a zone, which was one when the zone was made.
pub(crate) fn name_of(zone: &HostedZone) -> Result<Name, ServiceError> {
    Name::parse(&zone.name).map_err(|error| errors::invalid_domain_name(&zone.name, error.text()))
}

/// Whether a key-signing key that should sign cannot: the zone goes on with what was signed, and nothing is rotated until somebody
/// acts (route53.md section 16.6).
pub(crate) fn needs_action(zone_id: &str, account: &AccountId, view: &View) -> bool {
    KeySigningKey::of(zone_id, account, view).any(|key| key.active && key.signer(account, view).is_none())
}

/// Signs the keys of a zone anew, if it is signed, because its keys changed.
pub(crate) fn renew(zone_id: &str, cx: &mut Context) -> Result<(), ServiceError> {
    if let Some(signing) = cx.get::<ZoneSigning>(zone_id).cloned() {
        signatures::sign(zone_id, signing, cx)?;
    }
    Ok(())
}
