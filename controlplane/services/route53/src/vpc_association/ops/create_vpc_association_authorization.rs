//! CreateVPCAssociationAuthorization: asked by the zone's owner. Twice is once.

use crate::errors;
use crate::vpc_association::{VpcAssociationAuthorization, VpcNamed, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// AWS's bound.
const PER_ZONE: usize = 1000;

/// See the module.
pub struct CreateVpcAssociationAuthorization;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVpcAssociationAuthorizationInput {
    hosted_zone_id: String,
    #[serde(rename = "VPC")]
    vpc: VpcNamed,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVpcAssociationAuthorizationOutput {
    hosted_zone_id: String,
    #[serde(rename = "VPC")]
    vpc: VpcNamed,
}

impl Operation for CreateVpcAssociationAuthorization {
    const NAME: &'static str = "CreateVPCAssociationAuthorization";
    type Input = CreateVpcAssociationAuthorizationInput;
    type Output = CreateVpcAssociationAuthorizationOutput;

    fn run(
        input: &CreateVpcAssociationAuthorizationInput,
        cx: &mut Context,
    ) -> Result<CreateVpcAssociationAuthorizationOutput, ServiceError> {
        let zone_id = validate::private_zone(&input.hosted_zone_id, cx)?;
        let (vpc_id, vpc_region) = validate::named(&input.vpc)?;
        // Whether there is such a VPC in another account is not for this account to know.
        if !vpc_id.starts_with("vpc-") {
            return Err(errors::invalid_vpc_id(vpc_id));
        }
        let authorization = VpcAssociationAuthorization {
            zone_id: zone_id.to_owned(),
            vpc_id: vpc_id.to_owned(),
            vpc_region: vpc_region.to_owned(),
        };
        let (id, vpc) = (authorization.id(), authorization.shown());
        let known = cx.get::<VpcAssociationAuthorization>(&id).is_some();
        if !known && VpcAssociationAuthorization::of_zone(zone_id, cx).count() >= PER_ZONE {
            return Err(errors::too_many_vpc_association_authorizations(PER_ZONE));
        }
        let hosted_zone_id = zone_id.to_owned();
        cx.put(&id, authorization);
        Ok(CreateVpcAssociationAuthorizationOutput { hosted_zone_id, vpc })
    }
}
