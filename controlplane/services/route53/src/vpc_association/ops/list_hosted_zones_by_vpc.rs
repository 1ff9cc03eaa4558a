//! ListHostedZonesByVPC: of a VPC of the caller's, whoever owns the zones.

use crate::hosted_zone::{HostedZone, OF_VPC};
use crate::vpc_association::of_caller;
use crate::{errors, page};
use controlplane_services_kernel::{Query, Reader, ServiceError, Stored};
use serde::{Deserialize, Serialize};

/// See the module.
pub struct ListHostedZonesByVpc;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListHostedZonesByVpcInput {
    #[serde(rename = "VPCId")]
    vpc_id: String,
    #[serde(rename = "VPCRegion")]
    vpc_region: String,
    #[serde(default)]
    max_items: Option<String>,
    #[serde(default)]
    next_token: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListHostedZonesByVpcOutput {
    hosted_zone_summaries: Vec<Summary>,
    max_items: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// A zone and whose it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    hosted_zone_id: String,
    name: String,
    owner: Owner,
}

/// No zone here is a service's own.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Owner {
    owning_account: String,
}

impl Query for ListHostedZonesByVpc {
    const NAME: &'static str = "ListHostedZonesByVPC";
    type Input = ListHostedZonesByVpcInput;
    type Output = ListHostedZonesByVpcOutput;

    fn run(
        input: &ListHostedZonesByVpcInput,
        cx: &Reader,
    ) -> Result<ListHostedZonesByVpcOutput, ServiceError> {
        let vpc = of_caller(&input.vpc_id, Some(&input.vpc_region), cx)
            .map_err(|error| errors::invalid_input(error.message))?;
        let max_items = page::max_items(input.max_items.as_deref(), 100)?;
        let (token, max) = (input.next_token.as_deref(), input.max_items.as_deref());
        let paging = page::Tokens::read(token, max, 100, errors::invalid_pagination_token)?;
        let mut zones: Vec<Stored<'_, HostedZone>> =
            cx.view.find::<HostedZone>(OF_VPC, &vpc.id).filter(|zone| zone.vpcs().contains(&vpc)).collect();
        zones.sort_by(|a, b| a.key.id().cmp(b.key.id()));
        let (found, next_token) = paging.cut(zones.into_iter(), |zone| zone.key.id().to_owned());
        let summary = |zone: &Stored<'_, HostedZone>| Summary {
            hosted_zone_id: zone.key.id().to_owned(),
            name: zone.name.clone(),
            owner: Owner { owning_account: zone.key.account().to_string() },
        };
        Ok(ListHostedZonesByVpcOutput {
            hosted_zone_summaries: found.iter().map(summary).collect(),
            max_items: max_items.to_string(),
            next_token,
        })
    }
}
