use super::RouteTableShape;
use crate::dry_run::may_dry_run;
use crate::filter::Filter;
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html>
pub(crate) struct DescribeRouteTables;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeRouteTablesInput {
    pub(crate) route_table_ids: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeRouteTablesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeRouteTablesOutput {
    pub(crate) route_tables: Vec<RouteTableShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeRouteTables {
    const NAME: &'static str = "DescribeRouteTables";
    type Input = DescribeRouteTablesInput;
    type Output = DescribeRouteTablesOutput;

    fn run(input: &DescribeRouteTablesInput, cx: &Reader) -> Result<DescribeRouteTablesOutput, ServiceError> {
        let listing = Listing {
            ids: input.route_table_ids.as_deref(),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (route_tables, next_token) = listing.run(cx, RouteTableShape::of)?;
        Ok(DescribeRouteTablesOutput { route_tables, next_token })
    }
}
