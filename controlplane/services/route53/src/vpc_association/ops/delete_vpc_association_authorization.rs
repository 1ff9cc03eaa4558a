//! DeleteVPCAssociationAuthorization. What was associated stays so.

use crate::errors;
use crate::vpc_association::{VpcAssociationAuthorization, VpcNamed, validate};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct DeleteVpcAssociationAuthorization;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteVpcAssociationAuthorizationInput {
    hosted_zone_id: String,
    #[serde(rename = "VPC")]
    vpc: VpcNamed,
}

/// Answer.
#[derive(Debug, Serialize)]
pub struct DeleteVpcAssociationAuthorizationOutput {}

impl Operation for DeleteVpcAssociationAuthorization {
    const NAME: &'static str = "DeleteVPCAssociationAuthorization";
    type Input = DeleteVpcAssociationAuthorizationInput;
    type Output = DeleteVpcAssociationAuthorizationOutput;

    fn run(
        input: &DeleteVpcAssociationAuthorizationInput,
        cx: &mut Context,
    ) -> Result<DeleteVpcAssociationAuthorizationOutput, ServiceError> {
        let zone_id = validate::private_zone(&input.hosted_zone_id, cx)?;
        let (vpc_id, vpc_region) = validate::named(&input.vpc)?;
        let authorization = VpcAssociationAuthorization {
            zone_id: zone_id.to_owned(),
            vpc_id: vpc_id.to_owned(),
            vpc_region: vpc_region.to_owned(),
        };
        let id = authorization.id();
        if cx.get::<VpcAssociationAuthorization>(&id).is_none() {
            return Err(errors::vpc_association_authorization_not_found(vpc_id, zone_id));
        }
        cx.delete::<VpcAssociationAuthorization>(&id);
        Ok(DeleteVpcAssociationAuthorizationOutput {})
    }
}
