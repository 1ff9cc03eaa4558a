//! GetUserPolicy, GetGroupPolicy, GetRolePolicy.

use crate::actions::actions;
use crate::entity::Entity;
use crate::group::Group;
use crate::permissions::Principal;
use crate::role::Role;
use crate::user::User;
use crate::{documents, errors};
use controlplane_services_kernel::{Reader, ServiceError};
use serde::Serialize;

/// Answer: one of the three names is there.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_name: Option<String>,
    policy_name: String,
    policy_document: String,
}

actions! { read get(policy_name: String) -> GetPolicyOutput {
    GetUserPolicy: User, user_name;
    GetGroupPolicy: Group, group_name;
    GetRolePolicy: Role, role_name;
} }

fn get<E: Principal>(
    named: &str,
    policy_name: &str,
    reader: &Reader,
) -> Result<GetPolicyOutput, ServiceError> {
    let principal = E::existing(named, reader)?;
    let document = principal.permissions().inline.get(policy_name);
    let document = document.ok_or_else(|| errors::inline_not_found::<E>(policy_name))?;
    let name = |noun| (E::NOUN == noun).then(|| principal.name().to_owned());
    Ok(GetPolicyOutput {
        user_name: name(User::NOUN),
        group_name: name(Group::NOUN),
        role_name: name(Role::NOUN),
        policy_name: policy_name.to_owned(),
        policy_document: documents::encoded(document.text()),
    })
}
