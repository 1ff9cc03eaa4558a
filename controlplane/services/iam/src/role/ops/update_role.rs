//! UpdateRole. What is not named stays.

use crate::entity::Entity;
use crate::role::Role;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateRole;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRoleInput {
    role_name: String,
    description: Option<String>,
    max_session_duration: Option<u32>,
}

impl Operation for UpdateRole {
    const NAME: &'static str = "UpdateRole";
    type Input = UpdateRoleInput;
    type Output = ();

    fn run(input: &UpdateRoleInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut role = Role::existing(&input.role_name, cx)?.clone();
        role.description = input.description.clone().or(role.description);
        role.max_session_secs = input.max_session_duration.unwrap_or(role.max_session_secs);
        role.store(cx);
        Ok(())
    }
}
