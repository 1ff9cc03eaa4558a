//! GetHostedZone.

use crate::delegation_set::DelegationSetShown;
use crate::hosted_zone::{HostedZoneShown, validate};
use crate::vpc_association::VpcNamed;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetHostedZone;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHostedZoneInput {
    id: String,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetHostedZoneOutput {
    hosted_zone: HostedZoneShown,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegation_set: Option<DelegationSetShown>,
    #[serde(rename = "VPCs", skip_serializing_if = "Option::is_none")]
    vpcs: Option<Vec<VpcNamed>>,
}

impl Query for GetHostedZone {
    const NAME: &'static str = "GetHostedZone";
    type Input = GetHostedZoneInput;
    type Output = GetHostedZoneOutput;

    fn run(input: &GetHostedZoneInput, cx: &Reader) -> Result<GetHostedZoneOutput, ServiceError> {
        let (id, zone) = validate::existing(&input.id, cx)?;
        Ok(GetHostedZoneOutput {
            hosted_zone: HostedZoneShown::of(id, zone, cx),
            delegation_set: (!zone.is_private()).then(|| DelegationSetShown::of_zone(zone, cx)),
            vpcs: zone.vpcs.as_ref().map(|vpcs| vpcs.iter().map(VpcNamed::from).collect()),
        })
    }
}
