//! CreateResourceRecordSetProtections: all or none.

use crate::record_set_protection::{RecordSetProtection, entries};
use crate::{errors, hosted_zone, page};
use controlplane_services_kernel::quota::RECORDS_PER_ZONE;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct CreateResourceRecordSetProtections;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateResourceRecordSetProtectionsInput {
    hosted_zone_id: String,
    protections: Vec<ProtectionConfig>,
}

/// What to protect.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProtectionConfig {
    record_name: String,
    record_type: String,
    #[serde(default)]
    comment: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
pub struct CreateResourceRecordSetProtectionsOutput {}

impl Operation for CreateResourceRecordSetProtections {
    const NAME: &'static str = "CreateResourceRecordSetProtections";
    type Input = CreateResourceRecordSetProtectionsInput;
    type Output = CreateResourceRecordSetProtectionsOutput;

    fn run(
        input: &CreateResourceRecordSetProtectionsInput,
        cx: &mut Context,
    ) -> Result<CreateResourceRecordSetProtectionsOutput, ServiceError> {
        let zone_id = page::bare_id(&input.hosted_zone_id, "hostedzone");
        let (_, zone) = hosted_zone::existing(zone_id, cx)?;
        let given =
            input.protections.iter().map(|given| (given.record_name.as_str(), given.record_type.as_str()));
        let entries = entries::read(zone_id, &zone.name, given)?;
        let exists = |entry: &&entries::Entry| cx.get::<RecordSetProtection>(&entry.id).is_some();
        let failures: Vec<_> = entries
            .iter()
            .filter(exists)
            .map(|entry| entry.failure("ProtectionAlreadyExists", "it is protected already"))
            .collect();
        if failures.len() == entries.len() {
            return Err(errors::protection_already_exists(&failures));
        }
        if !failures.is_empty() {
            return Err(errors::invalid_protection_batch(&failures));
        }
        let most = RECORDS_PER_ZONE.limit(cx);
        if RecordSetProtection::of_zone(zone_id, cx).count() + entries.len() > most {
            return Err(errors::limits_exceeded("protections of a hosted zone", most));
        }
        for (entry, given) in entries.into_iter().zip(&input.protections) {
            let protection = RecordSetProtection {
                zone_id: zone_id.to_owned(),
                name: entry.name,
                kind: entry.kind,
                comment: given.comment.clone(),
            };
            cx.put(&entry.id, protection);
        }
        Ok(CreateResourceRecordSetProtectionsOutput {})
    }
}
