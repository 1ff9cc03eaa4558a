//! UpdateUser: another name, another path, or both. Keys go along; policies and groups are part of the record.

use crate::entity::{Entity, free};
use crate::user::User;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_services_native::AccessKey;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateUser;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateUserInput {
    user_name: String,
    new_path: Option<String>,
    new_user_name: Option<String>,
}

impl Operation for UpdateUser {
    const NAME: &'static str = "UpdateUser";
    type Input = UpdateUserInput;
    type Output = ();

    fn run(input: &UpdateUserInput, cx: &mut Context) -> Result<(), ServiceError> {
        let mut user = User::existing(&input.user_name, cx)?.clone();
        let before = user.name.to_lowercase();
        if let Some(path) = &input.new_path {
            user.path.clone_from(path);
        }
        if let Some(name) = &input.new_user_name {
            if name.to_lowercase() != before {
                free::<User>(name, cx)?;
                cx.delete::<User>(&before);
                hand_over_keys(&before, name, cx);
            }
            user.name.clone_from(name);
        }
        user.store(cx);
        Ok(())
    }
}

fn hand_over_keys(before: &str, name: &str, cx: &mut Context) {
    let keys = AccessKey::of_user(&cx.view, &cx.caller.account, Some(before));
    let keys: Vec<_> = keys.map(|key| (key.key.clone(), key.record.clone())).collect();
    for (place, key) in keys {
        cx.put_at(place, AccessKey { user: Some(name.to_lowercase()), ..key });
    }
}
