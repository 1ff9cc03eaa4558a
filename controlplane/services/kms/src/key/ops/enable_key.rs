//! EnableKey.

use crate::errors;
use crate::key::{KeyState, KmsKey, arn_of, existing};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct EnableKey;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EnableKeyInput {
    key_id: String,
}

impl Operation for EnableKey {
    const NAME: &'static str = "EnableKey";
    type Input = EnableKeyInput;
    type Output = ();

    fn run(input: &EnableKeyInput, cx: &mut Context) -> Result<(), ServiceError> {
        let (id, key) = existing(&input.key_id, cx)?;
        if let KeyState::PendingDeletion(_) = key.state {
            return Err(errors::pending_deletion(&arn_of(id, &cx.caller)));
        }
        let (id, key) = (id.to_owned(), KmsKey { state: KeyState::Enabled, ..key.clone() });
        cx.put(&id, key);
        Ok(())
    }
}
