//! CreateRole.

use crate::entity::{self, Entity};
use crate::permissions::{self, Permissions};
use crate::role::{Role, RoleShown, validate};
use crate::tag::{self, Tag};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateRole;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRoleInput {
    role_name: String,
    path: Option<String>,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: Option<u32>,
    permissions_boundary: Option<String>,
    tags: Option<Vec<Tag>>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRoleOutput {
    role: RoleShown,
}

impl Operation for CreateRole {
    const NAME: &'static str = "CreateRole";
    type Input = CreateRoleInput;
    type Output = CreateRoleOutput;

    fn run(input: &CreateRoleInput, cx: &mut Context) -> Result<CreateRoleOutput, ServiceError> {
        let role = Role {
            role_id: entity::new::<Role>(&input.role_name, cx)?,
            name: input.role_name.clone(),
            path: entity::path_or_root(input.path.as_deref()),
            created_at: cx.now,
            trust: validate::trust(&input.assume_role_policy_document, cx)?,
            description: input.description.clone(),
            max_session_secs: input.max_session_duration.unwrap_or(validate::DEFAULT_SESSION_SECS),
            permissions: Permissions {
                boundary: permissions::boundary(input.permissions_boundary.as_deref(), cx)?,
                ..Permissions::default()
            },
            tags: tag::given(input.tags.as_deref())?,
        };
        let shown = RoleShown::whole(&role, cx);
        role.store(cx);
        Ok(CreateRoleOutput { role: shown })
    }
}
