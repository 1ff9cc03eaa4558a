//! GetHostedZoneLimit.

use crate::hosted_zone::existing;
use crate::limit::Limit;
use crate::vpc_association::VPCS_PER_ZONE;
use crate::{HostedZone, errors};
use controlplane_services_kernel::quota::RECORDS_PER_ZONE;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetHostedZoneLimit;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHostedZoneLimitInput {
    r#type: HostedZoneLimitType,
    hosted_zone_id: String,
}

/// What there is a limit of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostedZoneLimitType {
    /// Record sets.
    #[serde(rename = "MAX_RRSETS_BY_ZONE")]
    RecordSets,
    /// VPCs, of private zones.
    #[serde(rename = "MAX_VPCS_ASSOCIATED_BY_ZONE")]
    Vpcs,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHostedZoneLimitOutput {
    limit: Limit<HostedZoneLimitType>,
    count: usize,
}

impl Query for GetHostedZoneLimit {
    const NAME: &'static str = "GetHostedZoneLimit";
    type Input = GetHostedZoneLimitInput;
    type Output = GetHostedZoneLimitOutput;

    fn run(input: &GetHostedZoneLimitInput, cx: &Reader) -> Result<GetHostedZoneLimitOutput, ServiceError> {
        let (id, zone) = existing(&input.hosted_zone_id, cx)?;
        let (value, count) = match input.r#type {
            HostedZoneLimitType::RecordSets => {
                (RECORDS_PER_ZONE.limit(cx), HostedZone::record_set_count(id, cx))
            }
            HostedZoneLimitType::Vpcs if zone.is_private() => (VPCS_PER_ZONE, zone.vpcs().len()),
            HostedZoneLimitType::Vpcs => return Err(errors::hosted_zone_not_private(id)),
        };
        Ok(GetHostedZoneLimitOutput { limit: Limit { r#type: input.r#type, value }, count })
    }
}
