//! GetHostedZoneCount.

use crate::hosted_zone::HostedZone;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetHostedZoneCount;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
pub struct GetHostedZoneCountInput {}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHostedZoneCountOutput {
    hosted_zone_count: usize,
}

impl Query for GetHostedZoneCount {
    const NAME: &'static str = "GetHostedZoneCount";
    type Input = GetHostedZoneCountInput;
    type Output = GetHostedZoneCountOutput;

    fn run(_: &GetHostedZoneCountInput, cx: &Reader) -> Result<GetHostedZoneCountOutput, ServiceError> {
        Ok(GetHostedZoneCountOutput { hosted_zone_count: cx.list::<HostedZone>().count() })
    }
}
