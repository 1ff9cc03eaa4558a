//! ActivateKeySigningKey.

use crate::change::{self, ChangeInfo};
use crate::key_signing_key::{KeySigningKey, existing};
use crate::{errors, page, zone_signing};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ActivateKeySigningKey;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ActivateKeySigningKeyInput {
    hosted_zone_id: String,
    name: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ActivateKeySigningKeyOutput {
    change_info: ChangeInfo,
}

impl Operation for ActivateKeySigningKey {
    const NAME: &'static str = "ActivateKeySigningKey";
    type Input = ActivateKeySigningKeyInput;
    type Output = ActivateKeySigningKeyOutput;

    fn run(
        input: &ActivateKeySigningKeyInput,
        cx: &mut Context,
    ) -> Result<ActivateKeySigningKeyOutput, ServiceError> {
        let zone_id = page::bare_id(&input.hosted_zone_id, "hostedzone");
        let key = existing(zone_id, &input.name, cx)?.clone();
        if key.signer(&cx.caller.account, &cx.view).is_none() {
            return Err(errors::invalid_kms_arn(&key.kms_arn));
        }
        let id = KeySigningKey::id_of(zone_id, &key.name);
        cx.put(&id, KeySigningKey { active: true, modified_at: cx.now, ..key });
        zone_signing::renew(zone_id, cx)?;
        Ok(ActivateKeySigningKeyOutput { change_info: change::submit(None, cx) })
    }
}
