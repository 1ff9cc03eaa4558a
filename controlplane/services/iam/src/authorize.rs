//! May who asks do this? Every policy that has a say is gathered from the records and asked.
//!
//! An account's root may do everything in it, and the region's own hand is not asked. A user has his own policies and those of his
//! groups, a session those of its role; both only within their boundary, a session also within the policies it was begun with.
//! A principal whose record is gone has no policies and so may do nothing.
//!
//! [`Asker`] is who asks, made once of a [`Caller`](controlplane_services_kernel::Caller); [`of_request`] is what conditions may ask
//! about. What a user or role may in general, whoever asks, is [`of_user`] and [`of_role`].
//!
//! The policies are read from the view the request runs on, so a policy that was taken away counts for the very next request.

mod asker;
mod facts;

pub use asker::{Asker, Refusal};
pub use facts::{of_request, user_id};

use crate::entity::Entity;
use crate::group::Group;
use crate::managed_policy::{self, ManagedPolicy};
use crate::permissions::Permissions;
use crate::policy::{self, Attached, Facts, Identity, Policies, Policy, Verdict};
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::View;
use controlplane_types::AccountId;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Account of who asks.
    pub account: &'a AccountId,
    /// His ARN.
    pub arn: &'a str,
    /// Prefix of the service: `ec2`.
    pub service: &'a str,
    /// `RunInstances`.
    pub action: &'a str,
    /// The resource's ARN, or `*`.
    pub resource: &'a str,
    /// What else is known.
    pub facts: &'a Facts,
}

/// Asks policies that were gathered.
pub fn ask<'a>(policies: &Policies<'a>, question: &Question<'_>) -> Verdict<'a> {
    let Question { account, arn, service, action, resource, facts } = *question;
    let identity = Identity { account: account.as_str(), arn, ..Identity::default() };
    policy::decide(policies, &policy::Request { service, action, resource, identity, facts })
}

/// Everything that says what a user may; `None` if there is no such user.
pub fn of_user<'v>(view: &'v View, account: &AccountId, name: &str) -> Option<Policies<'v>> {
    let user = User::find(view, account, name)?.record;
    let groups = user.groups.iter().filter_map(|group| Group::find(view, account, group));
    let mut policies = of_permissions(view, account, &user.permissions);
    for group in groups {
        policies.identity.extend(of_permissions(view, account, &group.record.permissions).identity);
    }
    Some(policies)
}

/// Everything that says what a role's sessions may; `None` if there is no such role.
pub fn of_role<'v>(view: &'v View, account: &AccountId, name: &str) -> Option<Policies<'v>> {
    Some(of_permissions(view, account, &Role::find(view, account, name)?.record.permissions))
}

fn of_permissions<'v>(view: &'v View, account: &AccountId, permissions: &'v Permissions) -> Policies<'v> {
    let inline =
        permissions.inline.iter().map(|(name, document)| Attached { name, policy: document.policy() });
    let attached = permissions.attached.iter().filter_map(|arn| managed(view, account, arn));
    Policies {
        identity: inline.chain(attached).collect(),
        // A boundary that cannot be found bounds everything: nothing is allowed within it.
        boundary: permissions.boundary.as_ref().map(|arn| {
            managed(view, account, arn).unwrap_or(Attached { name: arn, policy: Policy::nothing() })
        }),
        ..Policies::default()
    }
}

/// What a managed policy says: the account's own, or one of AWS's.
pub(crate) fn managed<'v>(view: &'v View, account: &AccountId, arn: &'v str) -> Option<Attached<'v>> {
    let of_account = || ManagedPolicy::of_arn(view, account, arn).and_then(|found| found.record.policy());
    let policy = managed_policy::of_aws(arn).or_else(of_account)?;
    Some(Attached { name: arn, policy })
}

#[cfg(test)]
mod tests;
