//! GetDNSSEC.

use crate::hosted_zone;
use crate::key_signing_key::{KeySigningKey, KeySigningKeyShown};
use crate::zone_signing::{is_signing, name_of, needs_action};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetDnssec;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDnssecInput {
    hosted_zone_id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDnssecOutput {
    status: Status,
    key_signing_keys: Vec<KeySigningKeyShown>,
}

/// AWS's words.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    serve_signature: &'static str,
}

impl Query for GetDnssec {
    const NAME: &'static str = "GetDNSSEC";
    type Input = GetDnssecInput;
    type Output = GetDnssecOutput;

    fn run(input: &GetDnssecInput, cx: &Reader) -> Result<GetDnssecOutput, ServiceError> {
        let (zone_id, zone) = hosted_zone::existing(&input.hosted_zone_id, cx)?;
        let name = name_of(zone)?;
        let keys = KeySigningKey::of_zone(zone_id, cx);
        let serve_signature = match is_signing(zone_id, cx) {
            false => "NOT_SIGNING",
            true if needs_action(zone_id, &cx.caller.account, &cx.view) => "ACTION_NEEDED",
            true => "SIGNING",
        };
        Ok(GetDnssecOutput {
            status: Status { serve_signature },
            key_signing_keys: keys.map(|key| KeySigningKeyShown::of(&key, &name, cx)).collect(),
        })
    }
}
