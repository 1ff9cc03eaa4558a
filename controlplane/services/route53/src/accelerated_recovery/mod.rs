//! Accelerated recovery of a public zone: its record sets can be changed although a part of the control plane is lost.
//!
//! With AWS the part is a region. Here the control plane is a cluster of servers that decides by majority, so what is promised
//! is that changes go on whichever one server is lost, and that takes three that vote. A zone says that it wants this
//! ([`HostedZone::accelerated_recovery`]); whether it has it follows from the votes on record, each time it is asked, and
//! so is never out of date. While a zone has it, no server is removed whose vote it needs ([`spare_vote`]).
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/accelerated-recovery.html>

pub mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use types::{AcceleratedRecoveryStatus, HostedZoneFailureReasons, HostedZoneFeatures};

use crate::errors;
use crate::hosted_zone::{self, HostedZone, WANT_ACCELERATED_RECOVERY};
use controlplane_services_kernel::{Context, Reader, ServiceError};
use controlplane_services_native::Server;
use controlplane_services_native::errors::vote_needed;

/// With so many voters any one of them may be lost.
pub const VOTERS: usize = 3;

/// Says of a public zone whether it wants it.
pub(crate) fn want(zone_id: &str, wanted: bool, cx: &mut Context) -> Result<(), ServiceError> {
    let (id, zone) = hosted_zone::existing(zone_id, cx)?;
    if zone.is_private() {
        return Err(errors::accelerated_recovery_of_private_zone(id));
    }
    if zone.accelerated_recovery != wanted {
        let (id, zone) = (id.to_owned(), HostedZone { accelerated_recovery: wanted, ..zone.clone() });
        cx.put(&id, zone);
    }
    Ok(())
}

/// Refuses that server `number` loses its vote while a zone of whatever account relies on it.
pub fn spare_vote(number: u64, cx: &Reader) -> Result<(), ServiceError> {
    let voting = Server::voting(&cx.view);
    // With fewer there is nothing left to keep, and with more there is one to spare.
    if voting.len() != VOTERS || !voting.contains(&number) {
        return Ok(());
    }
    match cx.view.find::<HostedZone>(WANT_ACCELERATED_RECOVERY, "").next() {
        None => Ok(()),
        Some(zone) => {
            let (id, account) = (zone.key.id(), zone.key.account());
            let by = format!("accelerated recovery of the hosted zone {} ({id} of {account})", zone.name);
            Err(vote_needed(number, VOTERS, &by))
        }
    }
}
