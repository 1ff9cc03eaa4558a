use crate::attribute::{AttributeBooleanValue, NoOutput};
use crate::errors;
use crate::resource::require;
use crate::subnet::Subnet;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html>
pub(crate) struct ModifySubnetAttribute;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ModifySubnetAttributeInput {
    pub(crate) subnet_id: String,
    pub(crate) map_public_ip_on_launch: Option<AttributeBooleanValue>,
    pub(crate) assign_ipv6_address_on_creation: Option<AttributeBooleanValue>,
}

impl Operation for ModifySubnetAttribute {
    const NAME: &'static str = "ModifySubnetAttribute";
    type Input = ModifySubnetAttributeInput;
    type Output = NoOutput;

    fn run(input: &ModifySubnetAttributeInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let mut subnet = require::<Subnet>(&input.subnet_id, cx)?.clone();
        match (input.map_public_ip_on_launch, input.assign_ipv6_address_on_creation) {
            (Some(map), None) => subnet.map_public_ip_on_launch = map.value,
            (None, Some(assign)) => subnet.assign_ipv6_address_on_creation = assign.value,
            (Some(_), Some(_)) => return Err(errors::one_subnet_attribute()),
            (None, None) => {
                return Err(errors::missing_parameter("MapPublicIpOnLaunch or AssignIpv6AddressOnCreation"));
            }
        }
        if subnet.assign_ipv6_address_on_creation && subnet.ipv6.is_none() {
            return Err(errors::subnet_without_ipv6(&input.subnet_id));
        }
        cx.put(&input.subnet_id, subnet);
        Ok(NoOutput {})
    }
}
