//! AssociateVPCWithHostedZone: asked by the VPC's owner.

use crate::change::{self, ChangeInfo};
use crate::hosted_zone::HostedZone;
use crate::vpc_association::{AssociatedVpc, VPCS_PER_ZONE, VpcNamed, ordered, own, validate};
use crate::{errors, page};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Key;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct AssociateVpcWithHostedZone;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateVpcWithHostedZoneInput {
    hosted_zone_id: String,
    #[serde(rename = "VPC")]
    vpc: VpcNamed,
    #[serde(default)]
    comment: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateVpcWithHostedZoneOutput {
    change_info: ChangeInfo,
}

impl Operation for AssociateVpcWithHostedZone {
    const NAME: &'static str = "AssociateVPCWithHostedZone";
    type Input = AssociateVpcWithHostedZoneInput;
    type Output = AssociateVpcWithHostedZoneOutput;

    fn run(
        input: &AssociateVpcWithHostedZoneInput,
        cx: &mut Context,
    ) -> Result<AssociateVpcWithHostedZoneOutput, ServiceError> {
        let id = page::bare_id(&input.hosted_zone_id, "hostedzone");
        let vpc = own(&input.vpc, cx).map_err(|foreign| foreign.unauthorized(id))?;
        let zone = validate::open_zone(id, &vpc, cx)?;
        associate(&zone, vpc, cx)?;
        Ok(AssociateVpcWithHostedZoneOutput { change_info: change::submit(input.comment.clone(), cx) })
    }
}

/// One more VPC for a zone.
pub(crate) fn associate(key: &Key, vpc: AssociatedVpc, cx: &mut Context) -> Result<(), ServiceError> {
    let zone = cx.view.get::<HostedZone>(key).ok_or_else(|| errors::no_such_hosted_zone(key.id()))?;
    let Some(vpcs) = &zone.vpcs else {
        return Err(errors::public_zone_vpc_association(key.id()));
    };
    validate::no_conflict(&zone.name, &vpc, cx)?;
    if vpcs.len() >= VPCS_PER_ZONE {
        return Err(errors::limits_exceeded("VPCs of a private hosted zone", VPCS_PER_ZONE));
    }
    let mut vpcs = vpcs.clone();
    vpcs.push(vpc);
    let zone = HostedZone { vpcs: Some(ordered(&vpcs)), ..zone.clone() };
    cx.put_at(key.clone(), zone);
    Ok(())
}
