//! DeleteRole: one that may nothing and no instance profile gives.

use crate::entity::Entity;
use crate::errors;
use crate::instance_profile::{BY_ROLE, InstanceProfile};
use crate::last_use::LastUse;
use crate::role::Role;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteRole;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteRoleInput {
    role_name: String,
}

impl Operation for DeleteRole {
    const NAME: &'static str = "DeleteRole";
    type Input = DeleteRoleInput;
    type Output = ();

    fn run(input: &DeleteRoleInput, cx: &mut Context) -> Result<(), ServiceError> {
        let role = Role::existing(&input.role_name, cx)?;
        role.permissions.nothing_left()?;
        let id = role.name.to_lowercase();
        if cx.find::<InstanceProfile>(BY_ROLE, &id).next().is_some() {
            return Err(errors::cannot_delete("remove roles from instance profile"));
        }
        let role_id = role.role_id.clone();
        cx.delete::<Role>(&id);
        cx.delete::<LastUse>(&role_id);
        Ok(())
    }
}
