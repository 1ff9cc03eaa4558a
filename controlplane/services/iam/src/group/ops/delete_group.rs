//! DeleteGroup: one that is empty and may nothing.

use crate::entity::Entity;
use crate::errors;
use crate::group::Group;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteGroup;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteGroupInput {
    group_name: String,
}

impl Operation for DeleteGroup {
    const NAME: &'static str = "DeleteGroup";
    type Input = DeleteGroupInput;
    type Output = ();

    fn run(input: &DeleteGroupInput, cx: &mut Context) -> Result<(), ServiceError> {
        let group = Group::existing(&input.group_name, cx)?;
        if group.users(cx).next().is_some() {
            return Err(errors::cannot_delete("remove users from group"));
        }
        group.permissions.nothing_left()?;
        let id = group.name.to_lowercase();
        cx.delete::<Group>(&id);
        Ok(())
    }
}
