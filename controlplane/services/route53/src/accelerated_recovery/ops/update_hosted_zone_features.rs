//! UpdateHostedZoneFeatures. What it does not name stays as it is.

use crate::{accelerated_recovery, hosted_zone};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct UpdateHostedZoneFeatures;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateHostedZoneFeaturesInput {
    hosted_zone_id: String,
    #[serde(default)]
    enable_accelerated_recovery: Option<bool>,
}

/// Answer: nothing; GetHostedZone tells what came of it.
#[derive(Debug, Serialize)]
pub struct UpdateHostedZoneFeaturesOutput {}

impl Operation for UpdateHostedZoneFeatures {
    const NAME: &'static str = "UpdateHostedZoneFeatures";
    type Input = UpdateHostedZoneFeaturesInput;
    type Output = UpdateHostedZoneFeaturesOutput;

    fn run(
        input: &UpdateHostedZoneFeaturesInput,
        cx: &mut Context,
    ) -> Result<UpdateHostedZoneFeaturesOutput, ServiceError> {
        hosted_zone::existing(&input.hosted_zone_id, cx)?;
        if let Some(wanted) = input.enable_accelerated_recovery {
            accelerated_recovery::want(&input.hosted_zone_id, wanted, cx)?;
        }
        Ok(UpdateHostedZoneFeaturesOutput {})
    }
}
