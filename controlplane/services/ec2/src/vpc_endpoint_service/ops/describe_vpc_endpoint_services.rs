use crate::dry_run::may_dry_run;
use crate::errors;
use crate::filter::{Described, Field, Filter, Filters};
use crate::page::Listing;
use crate::tag::Tag;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html>
pub(crate) struct DescribeVpcEndpointServices;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeVpcEndpointServicesInput {
    pub(crate) service_names: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeVpcEndpointServicesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeVpcEndpointServicesOutput {
    pub(crate) service_names: [String; 0],
    pub(crate) service_details: Vec<ServiceDetail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

/// There is no value of it, and its filters are AWS's all the same: a wrong one is told.
#[derive(Debug, Serialize)]
pub(crate) enum ServiceDetail {}

fn nothing(_: &ServiceDetail) -> Vec<String> {
    Vec::new()
}

impl Described for ServiceDetail {
    const FILTERS: &'static [Field<Self>] = &[
        ("owner", nothing),
        ("service-name", nothing),
        ("service-region", nothing),
        ("service-type", nothing),
        ("supported-ip-address-types", nothing),
    ];

    fn id(&self) -> &str {
        match *self {}
    }

    fn tags(&self) -> &[Tag] {
        match *self {}
    }
}

impl Query for DescribeVpcEndpointServices {
    const NAME: &'static str = "DescribeVpcEndpointServices";
    type Input = DescribeVpcEndpointServicesInput;
    type Output = DescribeVpcEndpointServicesOutput;

    fn run(
        input: &DescribeVpcEndpointServicesInput,
        _: &Reader,
    ) -> Result<DescribeVpcEndpointServicesOutput, ServiceError> {
        Filters::<ServiceDetail>::read(input.filters.as_deref())?;
        if let Some(name) = input.service_names.iter().flatten().next() {
            return Err(errors::no_endpoint_service(name));
        }
        let listing = Listing {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (service_details, next_token) =
            listing.cut("vpc_endpoint_service", std::iter::empty(), |shown: &ServiceDetail| {
                shown.id().to_owned()
            })?;
        Ok(DescribeVpcEndpointServicesOutput { service_names: [], service_details, next_token })
    }
}
