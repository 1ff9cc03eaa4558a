use super::DhcpOptionsShape;
use crate::dry_run::may_dry_run;
use crate::filter::Filter;
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeDhcpOptions.html>
pub(crate) struct DescribeDhcpOptions;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeDhcpOptionsInput {
    pub(crate) dhcp_options_ids: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeDhcpOptionsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeDhcpOptionsOutput {
    pub(crate) dhcp_options: Vec<DhcpOptionsShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeDhcpOptions {
    const NAME: &'static str = "DescribeDhcpOptions";
    type Input = DescribeDhcpOptionsInput;
    type Output = DescribeDhcpOptionsOutput;

    fn run(input: &DescribeDhcpOptionsInput, cx: &Reader) -> Result<DescribeDhcpOptionsOutput, ServiceError> {
        let listing = Listing {
            ids: input.dhcp_options_ids.as_deref(),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (dhcp_options, next_token) = listing.run(cx, DhcpOptionsShape::of)?;
        Ok(DescribeDhcpOptionsOutput { dhcp_options, next_token })
    }
}
