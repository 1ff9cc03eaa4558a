use super::NetworkInterfaceShape;
use crate::dry_run::may_dry_run;
use crate::filter::Filter;
use crate::page::Listing;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html>
pub(crate) struct DescribeNetworkInterfaces;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeNetworkInterfacesInput {
    pub(crate) network_interface_ids: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeNetworkInterfacesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeNetworkInterfacesOutput {
    pub(crate) network_interfaces: Vec<NetworkInterfaceShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl Query for DescribeNetworkInterfaces {
    const NAME: &'static str = "DescribeNetworkInterfaces";
    type Input = DescribeNetworkInterfacesInput;
    type Output = DescribeNetworkInterfacesOutput;

    fn run(
        input: &DescribeNetworkInterfacesInput,
        cx: &Reader,
    ) -> Result<DescribeNetworkInterfacesOutput, ServiceError> {
        let listing = Listing {
            ids: input.network_interface_ids.as_deref(),
            filters: input.filters.as_deref(),
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (network_interfaces, next_token) = listing.run(cx, NetworkInterfaceShape::of)?;
        Ok(DescribeNetworkInterfacesOutput { network_interfaces, next_token })
    }
}
