//! A traffic policy instance: the record sets of one version of a traffic policy, under a name of a zone.
//!
//! The sets are ordinary ones, made and checked like those of a change batch, and DNS servers know nothing of policies. Clients
//! see the root only: what stands below it ([`tree`]) belongs to the instance. Whoever deletes the root by a change batch
//! leaves the instance without an answer, as with AWS, until it is updated.
//!
//! `Creating` until every DNS server has the change that made the sets, then `Applied`. AWS's `Failed` does not occur: sets that
//! cannot be made are refused at once, and nothing of them stays.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateTrafficPolicyInstance.html>

mod columns;
mod listing;
pub mod ops;
mod sets;
pub(crate) mod tree;
mod types;

#[cfg(test)]
mod tests;

pub use types::{TrafficPolicyInstance, TrafficPolicyInstanceShown};

use crate::errors;
use controlplane_services_kernel::{Reader, ServiceError};

/// The instance with this id.
pub(crate) fn existing<'r>(id: &str, reader: &'r Reader) -> Result<&'r TrafficPolicyInstance, ServiceError> {
    reader.get::<TrafficPolicyInstance>(id).ok_or_else(|| errors::no_such_traffic_policy_instance(id))
}
