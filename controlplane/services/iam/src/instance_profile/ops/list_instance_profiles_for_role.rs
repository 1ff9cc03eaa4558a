//! ListInstanceProfilesForRole.

use crate::entity::Entity;
use crate::instance_profile::{BY_ROLE, InstanceProfile, InstanceProfileShown};
use crate::page::page;
use crate::role::Role;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListInstanceProfilesForRole;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListInstanceProfilesForRoleInput {
    role_name: String,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListInstanceProfilesForRoleOutput {
    instance_profiles: Vec<InstanceProfileShown>,
    is_truncated: bool,
    marker: Option<String>,
}

impl Query for ListInstanceProfilesForRole {
    const NAME: &'static str = "ListInstanceProfilesForRole";
    type Input = ListInstanceProfilesForRoleInput;
    type Output = ListInstanceProfilesForRoleOutput;

    fn run(
        input: &ListInstanceProfilesForRoleInput,
        reader: &Reader,
    ) -> Result<ListInstanceProfilesForRoleOutput, ServiceError> {
        let role = Role::existing(&input.role_name, reader)?.name.to_lowercase();
        let profiles = reader.find::<InstanceProfile>(BY_ROLE, &role);
        let profiles = profiles.map(|found| (found.key.id().to_owned(), found.record));
        let page = page(profiles, input.marker.as_deref(), input.max_items)?;
        let page = page.map(|profile| InstanceProfileShown::brief(profile, reader));
        Ok(ListInstanceProfilesForRoleOutput {
            instance_profiles: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
