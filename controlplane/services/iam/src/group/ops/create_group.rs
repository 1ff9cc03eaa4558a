//! CreateGroup.

use crate::entity::{self, Entity};
use crate::group::{Group, GroupShown};
use crate::permissions::Permissions;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateGroup;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateGroupInput {
    group_name: String,
    path: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateGroupOutput {
    group: GroupShown,
}

impl Operation for CreateGroup {
    const NAME: &'static str = "CreateGroup";
    type Input = CreateGroupInput;
    type Output = CreateGroupOutput;

    fn run(input: &CreateGroupInput, cx: &mut Context) -> Result<CreateGroupOutput, ServiceError> {
        let group = Group {
            group_id: entity::new::<Group>(&input.group_name, cx)?,
            name: input.group_name.clone(),
            path: entity::path_or_root(input.path.as_deref()),
            created_at: cx.now,
            permissions: Permissions::default(),
        };
        let shown = GroupShown::brief(&group, cx);
        group.store(cx);
        Ok(CreateGroupOutput { group: shown })
    }
}
