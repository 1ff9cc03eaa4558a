//! AddUserToGroup. Who is in it stays in it.

use crate::entity::Entity;
use crate::errors;
use crate::group::Group;
use crate::user::User;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// Groups a user is in at most.
pub(crate) const GROUPS_MAX: usize = 10;

/// See the module.
pub struct AddUserToGroup;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddUserToGroupInput {
    group_name: String,
    user_name: String,
}

impl Operation for AddUserToGroup {
    const NAME: &'static str = "AddUserToGroup";
    type Input = AddUserToGroupInput;
    type Output = ();

    fn run(input: &AddUserToGroupInput, cx: &mut Context) -> Result<(), ServiceError> {
        let group = Group::existing(&input.group_name, cx)?.name.to_lowercase();
        let mut user = User::existing(&input.user_name, cx)?.clone();
        if !user.groups.contains(&group) && user.groups.len() == GROUPS_MAX {
            return Err(errors::quota("GroupsPerUser", GROUPS_MAX));
        }
        if user.groups.insert(group) {
            user.store(cx);
        }
        Ok(())
    }
}
