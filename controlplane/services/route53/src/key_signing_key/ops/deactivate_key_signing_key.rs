//! DeactivateKeySigningKey.

use crate::change::{self, ChangeInfo};
use crate::key_signing_key::{KeySigningKey, existing, is_named_by_parent};
use crate::{errors, hosted_zone, page, zone_signing};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeactivateKeySigningKey;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeactivateKeySigningKeyInput {
    hosted_zone_id: String,
    name: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeactivateKeySigningKeyOutput {
    change_info: ChangeInfo,
}

impl Operation for DeactivateKeySigningKey {
    const NAME: &'static str = "DeactivateKeySigningKey";
    type Input = DeactivateKeySigningKeyInput;
    type Output = DeactivateKeySigningKeyOutput;

    fn run(
        input: &DeactivateKeySigningKeyInput,
        cx: &mut Context,
    ) -> Result<DeactivateKeySigningKeyOutput, ServiceError> {
        let zone_id = page::bare_id(&input.hosted_zone_id, "hostedzone");
        let key = existing(zone_id, &input.name, cx)?.clone();
        let (_, zone) = hosted_zone::existing(zone_id, cx)?;
        let is_other = |other: &KeySigningKey| other.active && other.name != key.name;
        let last = key.active && !KeySigningKey::of_zone(zone_id, cx).any(|found| is_other(found.record));
        if last && zone_signing::is_signing(zone_id, cx) {
            return Err(errors::key_signing_key_in_use(&key.name));
        }
        if is_named_by_parent(&key, &zone_signing::name_of(zone)?, cx) {
            return Err(errors::key_signing_key_in_parent_ds_record(&key.name));
        }
        let id = KeySigningKey::id_of(zone_id, &key.name);
        cx.put(&id, KeySigningKey { active: false, modified_at: cx.now, ..key });
        zone_signing::renew(zone_id, cx)?;
        Ok(DeactivateKeySigningKeyOutput { change_info: change::submit(None, cx) })
    }
}
