//! UpdateGroup: another name, another path, or both. Its users go along.

use crate::entity::{Entity, free};
use crate::group::Group;
use crate::user::User;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateGroup;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateGroupInput {
    group_name: String,
    new_path: Option<String>,
    new_group_name: Option<String>,
}

impl Operation for UpdateGroup {
    const NAME: &'static str = "UpdateGroup";
    type Input = UpdateGroupInput;
    type Output = ();

    fn run(input: &UpdateGroupInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut group = Group::existing(&input.group_name, cx)?.clone();
        let before = group.name.to_lowercase();
        if let Some(path) = &input.new_path {
            group.path.clone_from(path);
        }
        if let Some(name) = &input.new_group_name {
            if name.to_lowercase() != before {
                free::<Group>(name, cx)?;
                move_users(&group, name, cx);
                cx.delete::<Group>(&before);
            }
            group.name.clone_from(name);
        }
        group.store(cx);
        Ok(())
    }
}

fn move_users(group: &Group, name: &str, cx: &mut Context) {
    let users: Vec<User> = group.users(cx).cloned().collect();
    for mut user in users {
        user.groups.remove(&group.name.to_lowercase());
        user.groups.insert(name.to_lowercase());
        user.store(cx);
    }
}
