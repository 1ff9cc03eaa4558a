//! UpdateAccessKey: off and on again.

use crate::access_key::validate;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_services_native::AccessKey;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateAccessKey;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateAccessKeyInput {
    user_name: Option<String>,
    access_key_id: String,
    status: Status,
}

/// AWS's third, `Expired`, is of keys that Hearth does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Status {
    Active,
    Inactive,
}

impl Operation for UpdateAccessKey {
    const NAME: &'static str = "UpdateAccessKey";
    type Input = UpdateAccessKeyInput;
    type Output = ();

    fn run(input: &UpdateAccessKeyInput, cx: &mut Context) -> Result<(), ServiceError> {
        let user = validate::user(input.user_name.as_deref(), cx)?;
        let key = validate::existing(&input.access_key_id, user, cx)?.clone();
        let inactive = input.status == Status::Inactive;
        cx.put_at(AccessKey::key(&input.access_key_id), AccessKey { inactive, ..key });
        Ok(())
    }
}
