//! GetUser: a user, or who asks.

use crate::user::{Asker, UserShown, asker};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_services_native::AccessKey;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetUser;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetUserInput {
    user_name: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetUserOutput {
    user: UserShown,
}

impl Query for GetUser {
    const NAME: &'static str = "GetUser";
    type Input = GetUserInput;
    type Output = GetUserOutput;

    fn run(input: &GetUserInput, reader: &Reader) -> Result<GetUserOutput, ServiceError> {
        let user = match asker(input.user_name.as_deref(), reader)? {
            Asker::User(user) => UserShown::whole(user, reader),
            Asker::Root => root(reader),
        };
        Ok(GetUserOutput { user })
    }
}

/// The account is as old as its root's key, as far as anybody knows.
fn root(reader: &Reader) -> UserShown {
    let account = &reader.caller.account;
    let key = AccessKey::of_account(&reader.view, account);
    UserShown {
        path: None,
        user_name: None,
        user_id: account.to_string(),
        arn: reader.caller.principal.clone(),
        create_date: key.and_then(|(_, key)| key.created_at),
        permissions_boundary: None,
        tags: None,
    }
}
