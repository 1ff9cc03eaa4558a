//! DeleteAccessKey, and what is known of its use.

use crate::access_key::validate;
use crate::last_use::LastUse;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_services_native::AccessKey;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteAccessKey;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteAccessKeyInput {
    user_name: Option<String>,
    access_key_id: String,
}

impl Operation for DeleteAccessKey {
    const NAME: &'static str = "DeleteAccessKey";
    type Input = DeleteAccessKeyInput;
    type Output = ();

    fn run(input: &DeleteAccessKeyInput, cx: &mut Context) -> Result<(), ServiceError> {
        let user = validate::user(input.user_name.as_deref(), cx)?;
        validate::existing(&input.access_key_id, user, cx)?;
        cx.delete_at(AccessKey::key(&input.access_key_id));
        cx.delete::<LastUse>(&input.access_key_id);
        Ok(())
    }
}
