//! Which VPCs a private hosted zone answers in.
//!
//! An association is part of its zone: a zone has one from the start and keeps at least one. The VPC may be of another
//! region, and of another account when both agree: the zone's owner authorizes, the VPC's owner associates. An
//! authorization is a record of its own, of the zone's account, and outlives the association it allowed.
//!
//! Agents are told of the zones of the VPCs they host, DNS servers of none of them.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-private.html>

pub mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use types::{AssociatedVpc, VpcAssociationAuthorization, VpcNamed};
pub(crate) use validate::{Foreign, no_conflict, ordered, own};

use controlplane_services_kernel::{Context, Reader, ServiceError};

/// AWS's bound of VPCs.
pub const VPCS_PER_ZONE: usize = 300;

/// A zone that is gone authorizes nobody.
pub(crate) fn forget(zone_id: &str, cx: &mut Context) {
    let found = VpcAssociationAuthorization::of_zone(zone_id, cx);
    let ids: Vec<String> = found.map(|found| found.key.id().to_owned()).collect();
    for id in ids {
        cx.delete::<VpcAssociationAuthorization>(&id);
    }
}

/// The VPC with this id in `region`, or where the caller is, if it is the caller's.
pub(crate) fn of_caller(id: &str, region: Option<&str>, cx: &Reader) -> Result<AssociatedVpc, ServiceError> {
    let region = region.map_or_else(|| cx.caller.region.to_string(), str::to_owned);
    own(&VpcNamed::new(id, &region), cx).map_err(Foreign::unusable)
}
