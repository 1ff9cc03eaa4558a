use super::VpcShape;
use crate::dry_run::may_dry_run;
use crate::filter::Filter;
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html>
pub(crate) struct DescribeVpcs;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeVpcsInput {
    pub(crate) vpc_ids: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeVpcsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeVpcsOutput {
    pub(crate) vpcs: Vec<VpcShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeVpcs {
    const NAME: &'static str = "DescribeVpcs";
    type Input = DescribeVpcsInput;
    type Output = DescribeVpcsOutput;

    fn run(input: &DescribeVpcsInput, cx: &Reader) -> Result<DescribeVpcsOutput, ServiceError> {
        let listing = Listing {
            ids: input.vpc_ids.as_deref(),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (vpcs, next_token) = listing.run(cx, VpcShape::of)?;
        Ok(DescribeVpcsOutput { vpcs, next_token })
    }
}
