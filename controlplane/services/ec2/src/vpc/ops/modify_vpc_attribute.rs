use crate::attribute::{AttributeBooleanValue, NoOutput};
use crate::errors;
use crate::resource::require;
use crate::vpc::Vpc;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html>
pub(crate) struct ModifyVpcAttribute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifyVpcAttributeInput {
    pub(crate) vpc_id: String,
    pub(crate) enable_dns_support: Option<AttributeBooleanValue>,
    pub(crate) enable_dns_hostnames: Option<AttributeBooleanValue>,
}

impl Operation for ModifyVpcAttribute {
    const NAME: &'static str = "ModifyVpcAttribute";
    type Input = ModifyVpcAttributeInput;
    type Output = NoOutput;

    fn run(input: &ModifyVpcAttributeInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let mut vpc = require::<Vpc>(&input.vpc_id, cx)?.clone();
        match (input.enable_dns_support, input.enable_dns_hostnames) {
            (Some(support), None) => vpc.dns_support = support.value,
            (None, Some(hostnames)) => vpc.dns_hostnames = hostnames.value,
            (Some(_), Some(_)) => return Err(errors::one_vpc_attribute()),
            (None, None) => return Err(errors::missing_parameter("EnableDnsSupport or EnableDnsHostnames")),
        }
        if vpc.dns_hostnames && !vpc.dns_support {
            return Err(errors::dns_hostnames_need_support());
        }
        cx.put(&input.vpc_id, vpc);
        Ok(NoOutput {})
    }
}
