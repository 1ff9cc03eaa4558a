//! ListVPCAssociationAuthorizations: by region, then VPC.

use crate::vpc_association::{VpcAssociationAuthorization, VpcNamed, validate};
use crate::{errors, page};
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListVpcAssociationAuthorizations;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListVpcAssociationAuthorizationsInput {
    hosted_zone_id: String,
    #[serde(default)]
    next_token: Option<String>,
    #[serde(default)]
    max_results: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListVpcAssociationAuthorizationsOutput {
    hosted_zone_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(rename = "VPCs")]
    vpcs: Vec<VpcNamed>,
}

impl Query for ListVpcAssociationAuthorizations {
    const NAME: &'static str = "ListVPCAssociationAuthorizations";
    type Input = ListVpcAssociationAuthorizationsInput;
    type Output = ListVpcAssociationAuthorizationsOutput;

    fn run(
        input: &ListVpcAssociationAuthorizationsInput,
        cx: &Reader,
    ) -> Result<ListVpcAssociationAuthorizationsOutput, ServiceError> {
        let zone_id = validate::private_zone(&input.hosted_zone_id, cx)?;
        let (token, max) = (input.next_token.as_deref(), input.max_results.as_deref());
        let paging = page::Tokens::read(token, max, 50, errors::invalid_pagination_token)?;
        let listed = VpcAssociationAuthorization::of_zone(zone_id, cx);
        let (found, next_token) = paging.cut(listed, |found| found.key.id().to_owned());
        Ok(ListVpcAssociationAuthorizationsOutput {
            hosted_zone_id: zone_id.to_owned(),
            next_token,
            vpcs: found.iter().map(|found| found.shown()).collect(),
        })
    }
}
