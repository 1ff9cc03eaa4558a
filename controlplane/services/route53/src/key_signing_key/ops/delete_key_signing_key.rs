//! DeleteKeySigningKey.

use crate::change::{self, ChangeInfo};
use crate::key_signing_key::{KeySigningKey, existing};
use crate::{errors, page};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteKeySigningKey;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteKeySigningKeyInput {
    hosted_zone_id: String,
    name: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteKeySigningKeyOutput {
    change_info: ChangeInfo,
}

impl Operation for DeleteKeySigningKey {
    const NAME: &'static str = "DeleteKeySigningKey";
    type Input = DeleteKeySigningKeyInput;
    type Output = DeleteKeySigningKeyOutput;

    fn run(
        input: &DeleteKeySigningKeyInput,
        cx: &mut Context,
    ) -> Result<DeleteKeySigningKeyOutput, ServiceError> {
        let zone_id = page::bare_id(&input.hosted_zone_id, "hostedzone");
        let key = existing(zone_id, &input.name, cx)?.clone();
        if key.active {
            return Err(errors::key_signing_key_is_active(&key.name));
        }
        cx.delete::<KeySigningKey>(&KeySigningKey::id_of(zone_id, &key.name));
        Ok(DeleteKeySigningKeyOutput { change_info: change::submit(None, cx) })
    }
}
