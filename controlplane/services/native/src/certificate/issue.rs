//! Deciding a certificate: its number and its life.

use super::{Certificate, Role, validate_name};
use crate::errors;
use controlplane_services_kernel::{Context, Record, ServiceError};
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Clocks of machines may differ by this much without refusing a new certificate.
const BACKDATED_MS: u64 = 5 * 60 * 1000;

/// How long certificates live.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Term {
    /// From now.
    pub life: Duration,
    /// When the authority itself ends: nothing it signs lives longer.
    pub last: Timestamp,
}

/// What the leader has to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issued {
    /// Hexadecimal, 32 digits.
    pub serial: String,
    /// What the holder is.
    pub role: Role,
    /// Who the holder is.
    pub name: String,
    /// Whole seconds, as X.509 has them.
    pub not_before: Timestamp,
    /// Whole seconds.
    pub not_after: Timestamp,
}

/// Writes down a certificate for `role/name`.
pub(crate) fn issue(role: Role, name: &str, term: &Term, cx: &mut Context) -> Result<Issued, ServiceError> {
    validate_name(name)?;
    let (not_before, not_after) = term.from(cx.now);
    if not_after <= cx.now {
        return Err(errors::authority_expired());
    }
    // The first digit keeps the number positive and of full length, as X.509 wants it.
    let serial = format!("4{}", cx.random().hex(31));
    let certificate = Certificate { role, name: name.to_owned(), not_before, not_after, revoked_at: None };
    cx.event(Certificate::KIND, &serial, "Issued", format!("for {}", certificate.holder()));
    cx.put(&serial, certificate);
    Ok(Issued { serial, role, name: name.to_owned(), not_before, not_after })
}

impl Term {
    /// Beginning and end of a life that begins at `now`.
    pub fn from(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let life_ms = u64::try_from(self.life.as_millis()).unwrap_or(u64::MAX);
        let begin = now.as_millis().saturating_sub(BACKDATED_MS.min(life_ms / 10));
        (seconds(begin), seconds((now + self.life).min(self.last).as_millis()))
    }
}

fn seconds(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis / 1000 * 1000)
}
