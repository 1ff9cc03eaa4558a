//! ChangeResourceRecordSets.

use crate::change::{self, ChangeInfo};
use crate::page;
use crate::record_set::{RequestedChange, apply_batch};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ChangeResourceRecordSets;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeResourceRecordSetsInput {
    hosted_zone_id: String,
    change_batch: ChangeBatch,
}

/// The batch.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeBatch {
    #[serde(default)]
    comment: Option<String>,
    changes: Vec<RequestedChange>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeResourceRecordSetsOutput {
    change_info: ChangeInfo,
}

impl Operation for ChangeResourceRecordSets {
    const NAME: &'static str = "ChangeResourceRecordSets";
    type Input = ChangeResourceRecordSetsInput;
    type Output = ChangeResourceRecordSetsOutput;

    fn run(
        input: &ChangeResourceRecordSetsInput,
        cx: &mut Context,
    ) -> Result<ChangeResourceRecordSetsOutput, ServiceError> {
        let zone_id = page::bare_id(&input.hosted_zone_id, "hostedzone");
        apply_batch(zone_id, &input.change_batch.changes, cx)?;
        Ok(ChangeResourceRecordSetsOutput {
            change_info: change::submit(input.change_batch.comment.clone(), cx),
        })
    }
}
