//! DisableKey.

use crate::errors;
use crate::key::{KeyState, KmsKey, arn_of, existing};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DisableKey;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisableKeyInput {
    key_id: String,
}

impl Operation for DisableKey {
    const NAME: &'static str = "DisableKey";
    type Input = DisableKeyInput;
    type Output = ();

    fn run(input: &DisableKeyInput, cx: &mut Context) -> Result<(), ServiceError> {
        let (id, key) = existing(&input.key_id, cx)?;
        if let KeyState::PendingDeletion(_) = key.state {
            return Err(errors::pending_deletion(&arn_of(id, &cx.caller)));
        }
        let (id, key) = (id.to_owned(), KmsKey { state: KeyState::Disabled, ..key.clone() });
        cx.put(&id, key);
        Ok(())
    }
}
