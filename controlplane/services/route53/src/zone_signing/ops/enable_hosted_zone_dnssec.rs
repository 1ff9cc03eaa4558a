//! EnableHostedZoneDNSSEC.

use crate::change::{self, ChangeInfo};
use crate::key_signing_key::KeySigningKey;
use crate::zone_signing::{Phase, ZoneSigning, ZoneSigningKey, is_signing, rotation, signatures};
use crate::{errors, hosted_zone, page};
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct EnableHostedZoneDnssec;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EnableHostedZoneDnssecInput {
    hosted_zone_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EnableHostedZoneDnssecOutput {
    change_info: ChangeInfo,
}

impl Operation for EnableHostedZoneDnssec {
    const NAME: &'static str = "EnableHostedZoneDNSSEC";
    type Input = EnableHostedZoneDnssecInput;
    type Output = EnableHostedZoneDnssecOutput;

    fn run(
        input: &EnableHostedZoneDnssecInput,
        cx: &mut Context,
    ) -> Result<EnableHostedZoneDnssecOutput, ServiceError> {
        let zone_id = page::bare_id(&input.hosted_zone_id, "hostedzone");
        check_keys(zone_id, cx)?;
        if !is_signing(zone_id, cx) {
            let now = cx.now;
            let signing = ZoneSigning {
                keys: vec![ZoneSigningKey::new(Phase::Active, now, cx.random())],
                published: Vec::new(),
                signatures: Vec::new(),
                refresh_at: now,
                rotate_at: rotation::draw(now, cx.random()),
            };
            signatures::sign(zone_id, signing, cx)?;
        }
        Ok(EnableHostedZoneDnssecOutput { change_info: change::submit(None, cx) })
    }
}

/// There has to be a key to sign with, and every active one has to be able to.
fn check_keys(zone_id: &str, cx: &Reader) -> Result<(), ServiceError> {
    let (_, zone) = hosted_zone::existing(zone_id, cx)?;
    let mut active = KeySigningKey::of_zone(zone_id, cx).filter(|key| key.active).peekable();
    if active.peek().is_none() {
        return Err(errors::no_active_key_signing_key(&zone.name));
    }
    match active.find(|key| key.signer(&cx.caller.account, &cx.view).is_none()) {
        Some(stuck) => Err(errors::invalid_kms_arn(&stuck.kms_arn)),
        None => Ok(()),
    }
}
