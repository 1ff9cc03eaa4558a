//! ListUserPolicies, ListGroupPolicies, ListRolePolicies: names of inline policies.

use crate::actions::actions;
use crate::group::Group;
use crate::page::page;
use crate::permissions::Principal;
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Reader, ServiceError};
use serde::Serialize;

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPoliciesOutput {
    policy_names: Vec<String>,
    is_truncated: bool,
    marker: Option<String>,
}

actions! { read list(marker: Option<String>, max_items: Option<usize>) -> ListPoliciesOutput {
    ListUserPolicies: User, user_name;
    ListGroupPolicies: Group, group_name;
    ListRolePolicies: Role, role_name;
} }

fn list<E: Principal>(
    named: &str,
    marker: &Option<String>,
    max_items: &Option<usize>,
    reader: &Reader,
) -> Result<ListPoliciesOutput, ServiceError> {
    let names = E::existing(named, reader)?.permissions().inline.keys();
    let names = names.map(|name| (name.clone(), name.clone()));
    let page = page(names, marker.as_deref(), *max_items)?;
    Ok(ListPoliciesOutput { policy_names: page.items, is_truncated: page.is_truncated, marker: page.marker })
}
