//! The IAM instance profile of an instance: which role its programs may take on.
//!
//! An instance has at most one, from its launch or associated later; taking it away or replacing it is possible at any time.
//! What comes of it are credentials of the profile's role, which the control plane gives the agent and the instance reads from
//! its metadata service. Who gives an instance a profile hands it the role, so he needs `iam:PassRole` for that.
//!
//! The association is part of the instance's record. It holds the profile's ARN as it was: a profile that is deleted leaves
//! the association, which then yields no credentials, as in AWS.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html>

pub(crate) mod ops;
mod shape;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use shape::{AssociationShape, ProfileShape};
pub use types::{InstanceProfileSpecification, ProfileAssociation};

use crate::errors;
use crate::instance::Instance;
use crate::resource::require;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::instance_profile::InstanceProfile;
use controlplane_services_iam::role::Role;
use controlplane_services_kernel::{Access, Context, Reader, ServiceError, Stored};

/// Index of instances by the ids of their associations, until terminated.
pub(crate) const BY_ASSOCIATION: &str = "instance_profile_association";
/// What ids of associations begin with.
const PREFIX: &str = "iip-assoc-";

/// The profile that is named, one way or the other.
fn named<'r>(
    specification: &InstanceProfileSpecification,
    cx: &'r Reader,
) -> Result<Stored<'r, InstanceProfile>, ServiceError> {
    let (view, account) = (&cx.view, &cx.caller.account);
    match (&specification.arn, &specification.name) {
        (Some(_), Some(_)) => Err(errors::instance_profile_named_twice()),
        (None, None) => Err(errors::missing_parameter("IamInstanceProfile.Name")),
        (Some(arn), None) => InstanceProfile::of_arn(view, account, arn)
            .ok_or_else(|| errors::instance_profile("arn", "ARN", arn)),
        (None, Some(name)) => InstanceProfile::find(view, account, name)
            .ok_or_else(|| errors::instance_profile("name", "name", name)),
    }
}

/// A new association with the profile that is named.
pub(crate) fn associate(
    specification: &InstanceProfileSpecification,
    cx: &mut Context,
) -> Result<ProfileAssociation, ServiceError> {
    let profile = named(specification, cx)?.record;
    let (arn, id) = (profile.arn(&cx.caller.account), profile.instance_profile_id.clone());
    Ok(ProfileAssociation { association_id: cx.new_id(PREFIX), arn, id, since: cx.now })
}

/// Gives an instance this profile in place of the one it has.
pub(crate) fn assign(
    instance_id: &str,
    specification: &InstanceProfileSpecification,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let association = associate(specification, cx)?;
    let instance = require::<Instance>(instance_id, cx)?.clone();
    cx.put(instance_id, Instance { profile: Some(association), ..instance });
    Ok(())
}

/// Checks that there is such a profile.
pub(crate) fn check(specification: &InstanceProfileSpecification, cx: &Reader) -> Result<(), ServiceError> {
    named(specification, cx).map(|_| ())
}

/// To hand an instance the role of a profile. A profile that is not there, or has no role, hands nobody anything.
pub(crate) fn pass_role(specification: Option<&InstanceProfileSpecification>, cx: &Reader) -> Option<Access> {
    let profile = named(specification?, cx).ok()?;
    let role = Role::find(&cx.view, &cx.caller.account, profile.record.role.as_deref()?)?;
    let access = Access::to(role.record.arn(&cx.caller.account)).by("iam:PassRole");
    Some(access.with("iam:PassedToService", "ec2.amazonaws.com"))
}

/// The instance with this association.
fn holder<'r>(association_id: &str, cx: &'r Reader) -> Result<Stored<'r, Instance>, ServiceError> {
    let found = cx.find::<Instance>(BY_ASSOCIATION, association_id).next();
    found.ok_or_else(|| errors::instance_profile_association_not_found(association_id))
}
