use crate::attribute::NoOutput;
use crate::errors;
use crate::network_interface::NetworkInterface;
use crate::network_interface::validate::read_ipv4_list;
use crate::resource::require;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UnassignPrivateIpAddresses.html>
///
/// An elastic address of a private one that goes is disassociated.
pub(crate) struct UnassignPrivateIpAddresses;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct UnassignPrivateIpAddressesInput {
    pub(crate) network_interface_id: String,
    pub(crate) private_ip_addresses: Option<Vec<String>>,
}

impl Operation for UnassignPrivateIpAddresses {
    const NAME: &'static str = "UnassignPrivateIpAddresses";
    type Input = UnassignPrivateIpAddressesInput;
    type Output = NoOutput;

    fn run(input: &UnassignPrivateIpAddressesInput, cx: &mut Context) -> Result<NoOutput, ServiceError> {
        let addresses = read_ipv4_list(input.private_ip_addresses.as_deref().unwrap_or_default())?;
        if addresses.is_empty() {
            return Err(errors::missing_parameter("PrivateIpAddresses"));
        }
        unassign(&input.network_interface_id, &addresses, cx)?;
        Ok(NoOutput {})
    }
}

/// Takes secondary addresses from an interface.
pub(super) fn unassign(id: &str, addresses: &[Ipv4Addr], cx: &mut Context) -> Result<(), ServiceError> {
    let interface = require::<NetworkInterface>(id, cx)?;
    for address in addresses {
        match interface.private_addresses.iter().position(|held| held == address) {
            None => return Err(errors::address_not_assigned((*address).into(), id)),
            Some(0) => return Err(errors::primary_address_stays((*address).into())),
            Some(_) => {}
        }
    }
    crate::address::disassociate_private(id, addresses, cx);
    let mut interface = require::<NetworkInterface>(id, cx)?.clone();
    interface.private_addresses.retain(|held| !addresses.contains(held));
    cx.put(id, interface);
    Ok(())
}
