//! CancelKeyDeletion: the key stays, disabled.

use crate::errors;
use crate::key::{KeyState, KmsKey, arn_of, existing};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CancelKeyDeletion;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelKeyDeletionInput {
    key_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelKeyDeletionOutput {
    key_id: String,
}

impl Operation for CancelKeyDeletion {
    const NAME: &'static str = "CancelKeyDeletion";
    type Input = CancelKeyDeletionInput;
    type Output = CancelKeyDeletionOutput;

    fn run(
        input: &CancelKeyDeletionInput,
        cx: &mut Context,
    ) -> Result<CancelKeyDeletionOutput, ServiceError> {
        let (id, key) = existing(&input.key_id, cx)?;
        let arn = arn_of(id, &cx.caller);
        if !matches!(key.state, KeyState::PendingDeletion(_)) {
            return Err(errors::not_pending_deletion(&arn));
        }
        let (id, key) = (id.to_owned(), KmsKey { state: KeyState::Disabled, ..key.clone() });
        cx.put(&id, key);
        Ok(CancelKeyDeletionOutput { key_id: arn })
    }
}
