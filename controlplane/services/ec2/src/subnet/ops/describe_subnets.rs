use super::SubnetShape;
use crate::dry_run::may_dry_run;
use crate::filter::Filter;
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html>
pub(crate) struct DescribeSubnets;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeSubnetsInput {
    pub(crate) subnet_ids: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeSubnetsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeSubnetsOutput {
    pub(crate) subnets: Vec<SubnetShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeSubnets {
    const NAME: &'static str = "DescribeSubnets";
    type Input = DescribeSubnetsInput;
    type Output = DescribeSubnetsOutput;

    fn run(input: &DescribeSubnetsInput, cx: &Reader) -> Result<DescribeSubnetsOutput, ServiceError> {
        let listing = Listing {
            ids: input.subnet_ids.as_deref(),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (subnets, next_token) = listing.run(cx, SubnetShape::of)?;
        Ok(DescribeSubnetsOutput { subnets, next_token })
    }
}
