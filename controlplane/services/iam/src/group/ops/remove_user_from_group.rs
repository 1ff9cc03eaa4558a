//! RemoveUserFromGroup. Who is not in it stays out of it.

use crate::entity::Entity;
use crate::group::Group;
use crate::user::User;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct RemoveUserFromGroup;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveUserFromGroupInput {
    group_name: String,
    user_name: String,
}

impl Operation for RemoveUserFromGroup {
    const NAME: &'static str = "RemoveUserFromGroup";
    type Input = RemoveUserFromGroupInput;
    type Output = ();

    fn run(input: &RemoveUserFromGroupInput, cx: &mut Context) -> Result<(), ServiceError> {
        let group = Group::existing(&input.group_name, cx)?.name.to_lowercase();
        let mut user = User::existing(&input.user_name, cx)?.clone();
        if user.groups.remove(&group) {
            user.store(cx);
        }
        Ok(())
    }
}
