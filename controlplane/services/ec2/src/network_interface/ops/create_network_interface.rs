use super::NetworkInterfaceShape;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::network_interface::{
    AddressMembers, Addresses, InstanceIpv6Address, NewInterface, PrivateIpAddressSpecification, create,
};
use crate::tag::{self, TagSpecification};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterface.html>
pub(crate) struct CreateNetworkInterface;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateNetworkInterfaceInput {
    pub(crate) subnet_id: String,
    pub(crate) description: Option<String>,
    pub(crate) groups: Option<Vec<String>>,
    pub(crate) private_ip_address: Option<String>,
    pub(crate) private_ip_addresses: Option<Vec<PrivateIpAddressSpecification>>,
    pub(crate) secondary_private_ip_address_count: Option<i32>,
    pub(crate) ipv6_addresses: Option<Vec<InstanceIpv6Address>>,
    pub(crate) ipv6_address_count: Option<i32>,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) client_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateNetworkInterfaceInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateNetworkInterfaceOutput {
    pub(crate) network_interface: NetworkInterfaceShape,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_token: Option<String>,
}

impl Operation for CreateNetworkInterface {
    const NAME: &'static str = "CreateNetworkInterface";
    type Input = CreateNetworkInterfaceInput;
    type Output = CreateNetworkInterfaceOutput;

    fn run(
        input: &CreateNetworkInterfaceInput,
        cx: &mut Context,
    ) -> Result<CreateNetworkInterfaceOutput, ServiceError> {
        let new = NewInterface {
            subnet_id: input.subnet_id.clone(),
            description: input.description.clone().unwrap_or_default(),
            groups: input.groups.clone().unwrap_or_default(),
            addresses: Addresses::read(members(input))?,
            public_address: false,
            tags: tag::specified(input.tag_specifications.as_deref(), &errors::NETWORK_INTERFACE)?,
        };
        let (id, interface) = create(cx, new)?;
        Ok(CreateNetworkInterfaceOutput {
            network_interface: NetworkInterfaceShape::of(&id, &interface, cx),
            client_token: input.client_token.clone(),
        })
    }

    fn client_token(input: &CreateNetworkInterfaceInput) -> Option<&str> {
        input.client_token.as_deref()
    }
}

fn members(input: &CreateNetworkInterfaceInput) -> AddressMembers<'_> {
    AddressMembers {
        private_ip_address: input.private_ip_address.as_deref(),
        private_ip_addresses: input.private_ip_addresses.as_deref(),
        secondary_private_ip_address_count: input.secondary_private_ip_address_count,
        ipv6_addresses: input.ipv6_addresses.as_deref(),
        ipv6_address_count: input.ipv6_address_count,
    }
}
