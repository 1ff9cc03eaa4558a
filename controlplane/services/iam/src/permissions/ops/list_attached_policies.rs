//! ListAttachedUserPolicies, ListAttachedGroupPolicies, ListAttachedRolePolicies.

use crate::actions::actions;
use crate::group::Group;
use crate::managed_policy;
use crate::page::{numbered, page};
use crate::permissions::Principal;
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Reader, ServiceError};
use serde::Serialize;

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAttachedPoliciesOutput {
    attached_policies: Vec<AttachedPolicy>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AttachedPolicy {
    policy_name: String,
    policy_arn: String,
}

actions! { read list(path_prefix: Option<String>, marker: Option<String>, max_items: Option<usize>)
    -> ListAttachedPoliciesOutput {
    ListAttachedUserPolicies: User, user_name;
    ListAttachedGroupPolicies: Group, group_name;
    ListAttachedRolePolicies: Role, role_name;
} }

fn list<E: Principal>(
    named: &str,
    path_prefix: &Option<String>,
    marker: &Option<String>,
    max_items: &Option<usize>,
    reader: &Reader,
) -> Result<ListAttachedPoliciesOutput, ServiceError> {
    let attached = E::existing(named, reader)?.permissions().attached.iter();
    let known = attached.filter_map(|arn| Some((arn, managed_policy::lookup(arn, reader)?)));
    let within = known
        .filter(|(_, policy)| path_prefix.as_ref().is_none_or(|prefix| policy.path().starts_with(prefix)));
    let shown = within.map(|(arn, policy)| AttachedPolicy {
        policy_name: policy.name().to_owned(),
        policy_arn: arn.clone(),
    });
    let page = page(numbered(shown), marker.as_deref(), *max_items)?;
    Ok(ListAttachedPoliciesOutput {
        attached_policies: page.items,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}
