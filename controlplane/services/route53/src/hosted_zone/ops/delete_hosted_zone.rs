//! DeleteHostedZone.

use crate::caller_reference::{self, Of};
use crate::change::{self, ChangeInfo};
use crate::hosted_zone::{HostedZone, validate};
use crate::key_signing_key::KeySigningKey;
use crate::record_set::RecordSet;
use crate::record_set_protection::RecordSetProtection;
use crate::tag::{self, ResourceType};
use crate::{errors, page, query_logging_config, vpc_association, zone_signing};
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

/// Deletes a zone that holds nothing but its apex NS and SOA, is not signed and does not want accelerated recovery.
pub fn delete(id: &str, cx: &mut Context) -> Result<(), ServiceError> {
    let (_, zone) = validate::existing(id, cx)?;
    if zone.accelerated_recovery {
        return Err(errors::accelerated_recovery_is_enabled(id));
    }
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
    vpc_association::forget(id, cx);
    tag::forget(ResourceType::HostedZone, id, cx);
    query_logging_config::forget(id, cx);
    manifest::forget(HostedZone::KIND, id, cx);
    caller_reference::remember(Of::HostedZone, &reference, cx);
    cx.delete::<HostedZone>(id);
    Ok(())
}
