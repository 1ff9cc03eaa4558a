//! Delegation sets: the four name servers of a zone, and those sets that an owner keeps to use them for many zones.
//!
//! Every zone has four name servers; only a set made reusable has an id and outlives its zones. It is given when a zone is
//! created, or made of the name servers that a zone has already, which uses it from then on.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateReusableDelegationSet.html>

pub(crate) mod name_servers;
pub mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use types::{DelegationSet, DelegationSetShown};

use crate::{errors, page};
use controlplane_services_kernel::{Reader, ServiceError};

/// Zones that one set may serve.
pub(crate) const ZONES_PER_SET: usize = 100;

/// The set with this id, given with or without `/delegationset/`.
pub(crate) fn existing<'r>(
    id: &'r str,
    reader: &'r Reader,
) -> Result<(&'r str, &'r DelegationSet), ServiceError> {
    let id = page::bare_id(id, "delegationset");
    reader.get::<DelegationSet>(id).map(|set| (id, set)).ok_or_else(|| errors::no_such_delegation_set(id))
}
