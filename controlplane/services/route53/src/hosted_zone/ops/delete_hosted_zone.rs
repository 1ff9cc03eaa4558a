//! DeleteHostedZone.

use crate::caller_reference::{self, Of};
use crate::change::{self, ChangeInfo};
use crate::hosted_zone::{HostedZone, validate};
use crate::key_signing_key::KeySigningKey;
use crate::record_set::RecordSet;
use crate::record_set_protection::RecordSetProtection;
use crate::tag::{self, ResourceType};
use crate::{errors, page, zone_signing};
use controlplane_services_kernel::{Context, Operation, Record, ServiceError, manifest};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteHostedZone;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteHostedZoneInput {
    id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteHostedZoneOutput {
    change_info: ChangeInfo,
}

impl Operation for DeleteHostedZone {
    const NAME: &'static str = "DeleteHostedZone";
    type Input = DeleteHostedZoneInput;
    type Output = DeleteHostedZoneOutput;

    fn run(input: &DeleteHostedZoneInput, cx: &mut Context) -> Result<DeleteHostedZoneOutput, ServiceError> {
        delete(page::bare_id(&input.id, "hostedzone"), cx)?;
        Ok(DeleteHostedZoneOutput { change_info: change::submit(None, cx) })
    }
}

/// Deletes a zone that holds nothing but its apex NS and SOA, and is not signed.
pub fn delete(id: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let (_, zone) = validate::existing(id, cx)?;
    let reference = zone.caller_reference.clone();
    let required = |set: &RecordSet| set.name == zone.name && matches!(set.kind.as_str(), "NS" | "SOA");
    let protected = RecordSetProtection::of_zone(id, cx).next().is_some();
    if protected
        || zone_signing::is_signing(id, cx)
        || RecordSet::of_zone(id, cx).any(|set| !required(set.record))
    {
        return Err(errors::hosted_zone_not_empty());
    }
    let sets: Vec<String> = RecordSet::of_zone(id, cx).map(|set| set.key.id().to_owned()).collect();
    for set in sets {
        cx.delete::<RecordSet>(&set);
    }
    let keys: Vec<String> = KeySigningKey::of_zone(id, cx).map(|key| key.key.id().to_owned()).collect();
    for key in keys {
        cx.delete::<KeySigningKey>(&key);
    }
    tag::forget(ResourceType::HostedZone, id, cx);
    manifest::forget(HostedZone::KIND, id, cx);
    caller_reference::remember(Of::HostedZone, &reference, cx);
    cx.delete::<HostedZone>(id);
    Ok(())
}
