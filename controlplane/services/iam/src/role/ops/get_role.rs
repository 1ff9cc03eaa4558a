//! GetRole: the only one that also tells when it was last used.

use crate::entity::Entity;
use crate::role::{Role, RoleShown};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetRole;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRoleInput {
    role_name: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRoleOutput {
    role: RoleShown,
}

impl Query for GetRole {
    const NAME: &'static str = "GetRole";
    type Input = GetRoleInput;
    type Output = GetRoleOutput;

    fn run(input: &GetRoleInput, reader: &Reader) -> Result<GetRoleOutput, ServiceError> {
        let role = Role::existing(&input.role_name, reader)?;
        Ok(GetRoleOutput { role: RoleShown::with_use(role, reader) })
    }
}
