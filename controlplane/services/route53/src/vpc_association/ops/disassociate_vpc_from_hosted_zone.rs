//! DisassociateVPCFromHostedZone: asked by either owner.

use crate::change::{self, ChangeInfo};
use crate::hosted_zone::HostedZone;
use crate::vpc_association::{VpcNamed, validate};
use crate::{errors, page};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Key;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DisassociateVpcFromHostedZone;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateVpcFromHostedZoneInput {
    hosted_zone_id: String,
    #[serde(rename = "VPC")]
    vpc: VpcNamed,
    #[serde(default)]
    comment: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateVpcFromHostedZoneOutput {
    change_info: ChangeInfo,
}

impl Operation for DisassociateVpcFromHostedZone {
    const NAME: &'static str = "DisassociateVPCFromHostedZone";
    type Input = DisassociateVpcFromHostedZoneInput;
    type Output = DisassociateVpcFromHostedZoneOutput;

    fn run(
        input: &DisassociateVpcFromHostedZoneInput,
        cx: &mut Context,
    ) -> Result<DisassociateVpcFromHostedZoneOutput, ServiceError> {
        let id = page::bare_id(&input.hosted_zone_id, "hostedzone");
        let vpc = validate::named(&input.vpc)?;
        let zone = validate::shared_zone(id, vpc, cx)?;
        disassociate(&zone, vpc, cx)?;
        Ok(DisassociateVpcFromHostedZoneOutput { change_info: change::submit(input.comment.clone(), cx) })
    }
}

/// Takes a VPC, given by id and region, from a zone.
pub(crate) fn disassociate(
    key: &Key,
    (id, region): (&str, &str),
    cx: &mut Context,
) -> Result<(), ServiceError> {
    let zone = cx.view.get::<HostedZone>(key).ok_or_else(|| errors::no_such_hosted_zone(key.id()))?;
    let mut vpcs = zone.vpcs().to_vec();
    vpcs.retain(|vpc| (vpc.id.as_str(), vpc.region.as_str()) != (id, region));
    if vpcs.len() == zone.vpcs().len() {
        return Err(errors::vpc_association_not_found(id, key.id()));
    }
    if vpcs.is_empty() {
        return Err(errors::last_vpc_association(id, key.id()));
    }
    let zone = HostedZone { vpcs: Some(vpcs), ..zone.clone() };
    cx.put_at(key.clone(), zone);
    Ok(())
}
