//! DeleteUser: one with nothing left.

use crate::entity::Entity;
use crate::errors;
use crate::user::User;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_services_native::AccessKey;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteUser;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteUserInput {
    user_name: String,
}

impl Operation for DeleteUser {
    const NAME: &'static str = "DeleteUser";
    type Input = DeleteUserInput;
    type Output = ();

    fn run(input: &DeleteUserInput, cx: &mut Context) -> Result<(), ServiceError> {
        let user = User::existing(&input.user_name, cx)?;
        user.permissions.nothing_left()?;
        if !user.groups.is_empty() {
            return Err(errors::cannot_delete("remove users from group"));
        }
        let id = user.name.to_lowercase();
        if AccessKey::of_user(&cx.view, &cx.caller.account, Some(&id)).next().is_some() {
            return Err(errors::cannot_delete("delete access keys"));
        }
        cx.delete::<User>(&id);
        Ok(())
    }
}
