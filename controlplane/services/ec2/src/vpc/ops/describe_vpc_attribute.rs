use crate::attribute::AttributeBooleanValue;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::resource::require;
use crate::vpc::Vpc;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html>
pub(crate) struct DescribeVpcAttribute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeVpcAttributeInput {
    pub(crate) vpc_id: String,
    pub(crate) attribute: String,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeVpcAttributeInput);

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeVpcAttributeOutput {
    pub(crate) vpc_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enable_dns_support: Option<AttributeBooleanValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enable_dns_hostnames: Option<AttributeBooleanValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enable_network_address_usage_metrics: Option<AttributeBooleanValue>,
}

impl Query for DescribeVpcAttribute {
    const NAME: &'static str = "DescribeVpcAttribute";
    type Input = DescribeVpcAttributeInput;
    type Output = DescribeVpcAttributeOutput;

    fn run(
        input: &DescribeVpcAttributeInput,
        cx: &Reader,
    ) -> Result<DescribeVpcAttributeOutput, ServiceError> {
        let vpc = require::<Vpc>(&input.vpc_id, cx)?;
        let mut output = DescribeVpcAttributeOutput { vpc_id: input.vpc_id.clone(), ..Default::default() };
        let shown = |value| Some(AttributeBooleanValue { value });
        match input.attribute.as_str() {
            "enableDnsSupport" => output.enable_dns_support = shown(vpc.dns_support),
            "enableDnsHostnames" => output.enable_dns_hostnames = shown(vpc.dns_hostnames),
            // Nobody can switch these metrics on here, so they are off.
            "enableNetworkAddressUsageMetrics" => output.enable_network_address_usage_metrics = shown(false),
            other => return Err(errors::invalid_value(other, "attribute", "There is no such attribute.")),
        }
        Ok(output)
    }
}
