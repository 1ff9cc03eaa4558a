//! CreateKeySigningKey.

use crate::change::{self, ChangeInfo};
use crate::key_signing_key::{KeySigningKey, KeySigningKeyShown};
use crate::{errors, hosted_zone, page, zone_signing};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_services_kms::KmsKey;
use controlplane_services_kms::key::KeyState;
use serde::{Deserialize, Serialize};

/// Most of a zone (route53.md section 16.2).
const MOST: usize = 2;

/// See the module.
pub struct CreateKeySigningKey;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateKeySigningKeyInput {
    caller_reference: String,
    hosted_zone_id: String,
    key_management_service_arn: String,
    name: String,
    status: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateKeySigningKeyOutput {
    change_info: ChangeInfo,
    key_signing_key: KeySigningKeyShown,
    location: String,
}

impl Operation for CreateKeySigningKey {
    const NAME: &'static str = "CreateKeySigningKey";
    type Input = CreateKeySigningKeyInput;
    type Output = CreateKeySigningKeyOutput;

    fn run(
        input: &CreateKeySigningKeyInput,
        cx: &mut Context,
    ) -> Result<CreateKeySigningKeyOutput, ServiceError> {
        let zone_id = page::bare_id(&input.hosted_zone_id, "hostedzone");
        let zone = zone_signing::name_of(hosted_zone::existing(zone_id, cx)?.1)?;
        let key = new_key(zone_id, input, cx)?;
        cx.put(&KeySigningKey::id_of(zone_id, &key.name), key.clone());
        zone_signing::renew(zone_id, cx)?;
        Ok(CreateKeySigningKeyOutput {
            change_info: change::submit(None, cx),
            key_signing_key: KeySigningKeyShown::of(&key, &zone, cx),
            location: format!("/2013-04-01/keysigningkey/{zone_id}/{}", key.name),
        })
    }
}

fn new_key(
    zone_id: &str,
    input: &CreateKeySigningKeyInput,
    cx: &Context,
) -> Result<KeySigningKey, ServiceError> {
    let CreateKeySigningKeyInput { name, key_management_service_arn: arn, status, .. } = input;
    let is_name = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'_';
    if !(3..=128).contains(&name.len()) || !name.bytes().all(is_name) {
        return Err(errors::invalid_key_signing_key_name(name));
    }
    let active = match status.as_str() {
        "ACTIVE" => true,
        "INACTIVE" => false,
        other => return Err(errors::invalid_key_signing_key_status(other)),
    };
    let kms_key = KmsKey::by_arn(arn, &cx.caller.account, &cx.view);
    let kms_key = kms_key.filter(|key| key.state == KeyState::Enabled);
    let public = *kms_key.ok_or_else(|| errors::invalid_kms_arn(arn))?.pair.public();
    if KeySigningKey::of_zone(zone_id, cx).any(|key| key.name == *name || key.kms_arn == *arn) {
        return Err(errors::key_signing_key_already_exists(name, arn));
    }
    if KeySigningKey::of_zone(zone_id, cx).count() >= MOST {
        return Err(errors::too_many_key_signing_keys(MOST));
    }
    Ok(KeySigningKey {
        zone_id: zone_id.to_owned(),
        name: name.clone(),
        kms_arn: arn.clone(),
        public: public.into(),
        active,
        created_at: cx.now,
        modified_at: cx.now,
        caller_reference: input.caller_reference.clone(),
    })
}
