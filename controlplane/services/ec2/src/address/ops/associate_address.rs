use crate::address::Address;
use crate::address::association::associate;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::instance::{Instance, State};
use crate::internet_gateway;
use crate::network_interface::{self, NetworkInterface};
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html>
pub(crate) struct AssociateAddress;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AssociateAddressInput {
    pub(crate) allocation_id: Option<String>,
    pub(crate) instance_id: Option<String>,
    pub(crate) network_interface_id: Option<String>,
    pub(crate) private_ip_address: Option<String>,
    /// Absent: an association there is moves here.
    pub(crate) allow_reassociation: Option<bool>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(AssociateAddressInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssociateAddressOutput {
    pub(crate) association_id: String,
}

impl Operation for AssociateAddress {
    const NAME: &'static str = "AssociateAddress";
    type Input = AssociateAddressInput;
    type Output = AssociateAddressOutput;

    fn run(input: &AssociateAddressInput, cx: &mut Context) -> Result<AssociateAddressOutput, ServiceError> {
        let id = input.allocation_id.as_deref().ok_or_else(|| errors::missing_parameter("AllocationId"))?;
        let address = require::<Address>(id, cx)?;
        if address.network_interface_id.is_some() && input.allow_reassociation == Some(false) {
            return Err(errors::already_associated_address(id));
        }
        let interface_id = interface_id(input, cx)?;
        let interface = require::<NetworkInterface>(&interface_id, cx)?;
        if internet_gateway::of_vpc(&interface.vpc_id, cx).is_none() {
            return Err(errors::no_gateway_attached(&interface.vpc_id));
        }
        let private_address = private_address(input, &interface_id, interface)?;
        let association_id = associate(id, &interface_id, private_address, cx)?;
        Ok(AssociateAddressOutput { association_id })
    }
}

/// The interface named, or the only one of the instance named.
fn interface_id(input: &AssociateAddressInput, cx: &Reader) -> Result<String, ServiceError> {
    match (&input.network_interface_id, &input.instance_id) {
        (Some(id), None) => Ok(id.clone()),
        (None, Some(id)) => {
            if !matches!(require::<Instance>(id, cx)?.state, State::Running | State::Stopped | State::Pending)
            {
                return Err(errors::not_running_or_stopped(id));
            }
            match network_interface::of_instance(id, cx).as_slice() {
                [only] => Ok(only.key.id().to_owned()),
                _ => Err(errors::instance_has_several_interfaces(id)),
            }
        }
        (None, None) => Err(errors::missing_parameter("InstanceId or NetworkInterfaceId")),
        (Some(_), Some(_)) => Err(errors::interface_and_instance()),
    }
}

fn private_address(
    input: &AssociateAddressInput,
    id: &str,
    interface: &NetworkInterface,
) -> Result<Ipv4Addr, ServiceError> {
    let Some(text) = &input.private_ip_address else {
        return Ok(interface.primary_address());
    };
    let address: Ipv4Addr = text.parse().map_err(|_| errors::not_an_address(text, "privateIpAddress"))?;
    if interface.private_addresses.contains(&address) {
        return Ok(address);
    }
    Err(errors::address_not_assigned(address.into(), id))
}
