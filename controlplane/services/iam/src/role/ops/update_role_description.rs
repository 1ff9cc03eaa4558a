//! UpdateRoleDescription: what `UpdateRole` does, for older clients.

use crate::entity::Entity;
use crate::role::{Role, RoleShown};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateRoleDescription;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRoleDescriptionInput {
    role_name: String,
    description: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRoleDescriptionOutput {
    role: RoleShown,
}

impl Operation for UpdateRoleDescription {
    const NAME: &'static str = "UpdateRoleDescription";
    type Input = UpdateRoleDescriptionInput;
    type Output = UpdateRoleDescriptionOutput;

    fn run(
        input: &UpdateRoleDescriptionInput,
        cx: &mut Context,
    ) -> Result<UpdateRoleDescriptionOutput, ServiceError> {
        let mut role = Role::existing(&input.role_name, cx)?.clone();
        role.description = Some(input.description.clone());
        let shown = RoleShown::whole(&role, cx);
        role.store(cx);
        Ok(UpdateRoleDescriptionOutput { role: shown })
    }
}
