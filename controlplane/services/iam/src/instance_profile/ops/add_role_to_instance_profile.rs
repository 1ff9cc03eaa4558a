//! AddRoleToInstanceProfile, which has room for one.

use crate::entity::Entity;
use crate::errors;
use crate::instance_profile::InstanceProfile;
use crate::role::Role;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct AddRoleToInstanceProfile;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddRoleToInstanceProfileInput {
    instance_profile_name: String,
    role_name: String,
}

impl Operation for AddRoleToInstanceProfile {
    const NAME: &'static str = "AddRoleToInstanceProfile";
    type Input = AddRoleToInstanceProfileInput;
    type Output = ();

    fn run(input: &AddRoleToInstanceProfileInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut profile = InstanceProfile::existing(&input.instance_profile_name, cx)?.clone();
        let role = Role::existing(&input.role_name, cx)?.name.to_lowercase();
        if profile.role.is_some() {
            return Err(errors::quota("InstanceSessionsPerInstanceProfile", 1));
        }
        profile.role = Some(role);
        profile.store(cx);
        Ok(())
    }
}
