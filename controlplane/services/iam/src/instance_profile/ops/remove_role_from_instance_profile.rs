//! RemoveRoleFromInstanceProfile.

use crate::entity::Entity;
use crate::errors;
use crate::instance_profile::InstanceProfile;
use crate::role::Role;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct RemoveRoleFromInstanceProfile;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveRoleFromInstanceProfileInput {
    instance_profile_name: String,
    role_name: String,
}

impl Operation for RemoveRoleFromInstanceProfile {
    const NAME: &'static str = "RemoveRoleFromInstanceProfile";
    type Input = RemoveRoleFromInstanceProfileInput;
    type Output = ();

    fn run(input: &RemoveRoleFromInstanceProfileInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut profile = InstanceProfile::existing(&input.instance_profile_name, cx)?.clone();
        let role = Role::existing(&input.role_name, cx)?;
        if profile.role != Some(role.name.to_lowercase()) {
            return Err(errors::role_not_in_instance_profile(&role.name, &profile.name));
        }
        profile.role = None;
        profile.store(cx);
        Ok(())
    }
}
