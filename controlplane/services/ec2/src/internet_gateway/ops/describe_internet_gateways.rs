use super::InternetGatewayShape;
use crate::dry_run::may_dry_run;
use crate::filter::Filter;
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html>
pub(crate) struct DescribeInternetGateways;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeInternetGatewaysInput {
    pub(crate) internet_gateway_ids: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeInternetGatewaysInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeInternetGatewaysOutput {
    pub(crate) internet_gateways: Vec<InternetGatewayShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeInternetGateways {
    const NAME: &'static str = "DescribeInternetGateways";
    type Input = DescribeInternetGatewaysInput;
    type Output = DescribeInternetGatewaysOutput;

    fn run(
        input: &DescribeInternetGatewaysInput,
        cx: &Reader,
    ) -> Result<DescribeInternetGatewaysOutput, ServiceError> {
        let listing = Listing {
            ids: input.internet_gateway_ids.as_deref(),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (internet_gateways, next_token) = listing.run(cx, InternetGatewayShape::of)?;
        Ok(DescribeInternetGatewaysOutput { internet_gateways, next_token })
    }
}
