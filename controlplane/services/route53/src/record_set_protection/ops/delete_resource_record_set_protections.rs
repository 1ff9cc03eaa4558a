//! DeleteResourceRecordSetProtections: all or none.

use crate::record_set_protection::{RecordSetProtection, entries};
use crate::{errors, hosted_zone, page};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteResourceRecordSetProtections;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteResourceRecordSetProtectionsInput {
    hosted_zone_id: String,
    protections: Vec<ProtectionKey>,
}

/// What to protect no more.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProtectionKey {
    record_name: String,
    record_type: String,
}

/// Answer.
#[derive(Debug, Serialize)]
pub struct DeleteResourceRecordSetProtectionsOutput {}

impl Operation for DeleteResourceRecordSetProtections {
    const NAME: &'static str = "DeleteResourceRecordSetProtections";
    type Input = DeleteResourceRecordSetProtectionsInput;
    type Output = DeleteResourceRecordSetProtectionsOutput;

    fn run(
        input: &DeleteResourceRecordSetProtectionsInput,
        cx: &mut Context,
    ) -> Result<DeleteResourceRecordSetProtectionsOutput, ServiceError> {
        let zone_id = page::bare_id(&input.hosted_zone_id, "hostedzone");
        let (_, zone) = hosted_zone::existing(zone_id, cx)?;
        let given =
            input.protections.iter().map(|given| (given.record_name.as_str(), given.record_type.as_str()));
        let entries = entries::read(zone_id, &zone.name, given)?;
        let missing = |entry: &&entries::Entry| cx.get::<RecordSetProtection>(&entry.id).is_none();
        let failures: Vec<_> = entries
            .iter()
            .filter(missing)
            .map(|entry| entry.failure("ProtectionNotFound", "it is not protected"))
            .collect();
        if !failures.is_empty() {
            return Err(errors::invalid_protection_batch(&failures));
        }
        for entry in entries {
            cx.delete::<RecordSetProtection>(&entry.id);
        }
        Ok(DeleteResourceRecordSetProtectionsOutput {})
    }
}
