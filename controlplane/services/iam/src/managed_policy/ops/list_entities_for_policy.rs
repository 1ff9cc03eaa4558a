//! ListEntitiesForPolicy: who uses it.

use crate::entity::Entity;
use crate::group::Group;
use crate::managed_policy::{Known, Purpose};
use crate::page::page;
use crate::permissions::{BY_ATTACHED, BY_BOUNDARY};
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// See the module.
pub struct ListEntitiesForPolicy;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEntitiesForPolicyInput {
    policy_arn: String,
    entity_filter: Option<EntityFilter>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<Purpose>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// AWS's other two, for policies, name what no policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum EntityFilter {
    User,
    Role,
    Group,
}

/// Answer.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEntitiesForPolicyOutput {
    policy_groups: Vec<PolicyGroup>,
    policy_users: Vec<PolicyUser>,
    policy_roles: Vec<PolicyRole>,
    is_truncated: bool,
    marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyGroup {
    group_name: String,
    group_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyUser {
    user_name: String,
    user_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyRole {
    role_name: String,
    role_id: String,
}

enum Using<'r> {
    Group(&'r Group),
    User(&'r User),
    Role(&'r Role),
}

impl Query for ListEntitiesForPolicy {
    const NAME: &'static str = "ListEntitiesForPolicy";
    type Input = ListEntitiesForPolicyInput;
    type Output = ListEntitiesForPolicyOutput;

    fn run(
        input: &ListEntitiesForPolicyInput,
        reader: &Reader,
    ) -> Result<ListEntitiesForPolicyOutput, ServiceError> {
        Known::existing(&input.policy_arn, reader)?;
        // One listing over three kinds: groups before users before roles, each with a prefix that says so.
        let groups = using::<Group>(EntityFilter::Group, input, reader);
        let users = using::<User>(EntityFilter::User, input, reader);
        let roles = using::<Role>(EntityFilter::Role, input, reader);
        let all = groups
            .map(|(name, group)| (format!("1{name}"), Using::Group(group)))
            .chain(users.map(|(name, user)| (format!("2{name}"), Using::User(user))))
            .chain(roles.map(|(name, role)| (format!("3{name}"), Using::Role(role))));
        let page = page(all, input.marker.as_deref(), input.max_items)?;
        let (is_truncated, marker) = (page.is_truncated, page.marker);
        let mut output =
            ListEntitiesForPolicyOutput { is_truncated, marker, ..ListEntitiesForPolicyOutput::default() };
        page.items.into_iter().for_each(|using| output.add(using));
        Ok(output)
    }
}

/// Entities of one kind that use the policy, by their keys.
fn using<'r, E: Entity>(
    kind: EntityFilter,
    input: &'r ListEntitiesForPolicyInput,
    reader: &'r Reader,
) -> impl Iterator<Item = (String, &'r E)> {
    let arn = input.policy_arn.as_str();
    let indexes: &[&'static str] = match (input.entity_filter, input.policy_usage_filter) {
        (Some(filter), _) if filter != kind => &[],
        (_, Some(Purpose::PermissionsPolicy)) => &[BY_ATTACHED],
        (_, Some(Purpose::PermissionsBoundary)) => &[BY_BOUNDARY],
        (_, None) => &[BY_ATTACHED, BY_BOUNDARY],
    };
    let found = indexes.iter().flat_map(|index| reader.find::<E>(index, arn));
    let prefix = input.path_prefix.as_deref();
    let found = found.filter(|found| prefix.is_none_or(|prefix| found.record.path().starts_with(prefix)));
    // Who has it both ways is listed once.
    let found: BTreeMap<String, &E> = found.map(|found| (found.key.id().to_owned(), found.record)).collect();
    found.into_iter()
}

impl ListEntitiesForPolicyOutput {
    fn add(&mut self, using: Using<'_>) {
        match using {
            Using::Group(group) => self
                .policy_groups
                .push(PolicyGroup { group_name: group.name.clone(), group_id: group.group_id.clone() }),
            Using::User(user) => self
                .policy_users
                .push(PolicyUser { user_name: user.name.clone(), user_id: user.user_id.clone() }),
            Using::Role(role) => self
                .policy_roles
                .push(PolicyRole { role_name: role.name.clone(), role_id: role.role_id.clone() }),
        }
    }
}
