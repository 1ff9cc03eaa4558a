//! DisableHostedZoneDNSSEC.

use crate::change::{self, ChangeInfo};
use crate::key_signing_key::{KeySigningKey, is_named_by_parent};
use crate::zone_signing::{ZoneSigning, is_signing, name_of};
use crate::{errors, hosted_zone, page};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DisableHostedZoneDnssec;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisableHostedZoneDnssecInput {
    hosted_zone_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisableHostedZoneDnssecOutput {
    change_info: ChangeInfo,
}

impl Operation for DisableHostedZoneDnssec {
    const NAME: &'static str = "DisableHostedZoneDNSSEC";
    type Input = DisableHostedZoneDnssecInput;
    type Output = DisableHostedZoneDnssecOutput;

    fn run(
        input: &DisableHostedZoneDnssecInput,
        cx: &mut Context,
    ) -> Result<DisableHostedZoneDnssecOutput, ServiceError> {
        let zone_id = page::bare_id(&input.hosted_zone_id, "hostedzone");
        let (_, zone) = hosted_zone::existing(zone_id, cx)?;
        if !is_signing(zone_id, cx) {
            return Err(errors::dnssec_not_found(&zone.name));
        }
        let name = name_of(zone)?;
        if let Some(key) = KeySigningKey::of_zone(zone_id, cx).find(|key| is_named_by_parent(key, &name, cx))
        {
            return Err(errors::key_signing_key_in_parent_ds_record(&key.name));
        }
        cx.delete::<ZoneSigning>(zone_id);
        Ok(DisableHostedZoneDnssecOutput { change_info: change::submit(None, cx) })
    }
}
