use crate::errors;
use crate::network_interface::validate::{MAX_ADDRESSES, count, read_ipv4_list};
use crate::network_interface::{NetworkInterface, allocate, of_subnet};
use crate::resource::require;
use crate::subnet::Subnet;
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssignPrivateIpAddresses.html>
///
/// Secondary addresses, named or as many as asked for. The node sets them in the instance, which at AWS somebody has to do
/// inside. With `AllowReassignment` a secondary address of another interface of the subnet moves here.
pub(crate) struct AssignPrivateIpAddresses;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AssignPrivateIpAddressesInput {
    pub(crate) network_interface_id: String,
    pub(crate) private_ip_addresses: Option<Vec<String>>,
    pub(crate) secondary_private_ip_address_count: Option<i32>,
    pub(crate) allow_reassignment: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssignPrivateIpAddressesOutput {
    pub(crate) network_interface_id: String,
    pub(crate) assigned_private_ip_addresses: Vec<AssignedPrivateIpAddress>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssignedPrivateIpAddress {
    pub(crate) private_ip_address: String,
}

impl Operation for AssignPrivateIpAddresses {
    const NAME: &'static str = "AssignPrivateIpAddresses";
    type Input = AssignPrivateIpAddressesInput;
    type Output = AssignPrivateIpAddressesOutput;

    fn run(
        input: &AssignPrivateIpAddressesInput,
        cx: &mut Context,
    ) -> Result<AssignPrivateIpAddressesOutput, ServiceError> {
        let id = &input.network_interface_id;
        let mut interface = require::<NetworkInterface>(id, cx)?.clone();
        let (named, number) = wanted(input, &interface)?;
        if interface.private_addresses.len() + named.len() + number > MAX_ADDRESSES {
            return Err(errors::too_many_addresses(MAX_ADDRESSES));
        }
        if input.allow_reassignment.unwrap_or(false) {
            take_from_others(&named, id, &interface.subnet_id, cx)?;
        }
        let subnet = require::<Subnet>(&interface.subnet_id, cx)?;
        let assigned = allocate::secondary(&named, number, &interface.subnet_id, subnet, cx)?;
        interface.private_addresses.extend(&assigned);
        cx.put(id, interface);
        let shown = |address: &Ipv4Addr| AssignedPrivateIpAddress { private_ip_address: address.to_string() };
        Ok(AssignPrivateIpAddressesOutput {
            network_interface_id: id.clone(),
            assigned_private_ip_addresses: assigned.iter().map(shown).collect(),
        })
    }
}

/// The addresses that are named and not there yet, or how many are asked for.
fn wanted(
    input: &AssignPrivateIpAddressesInput,
    interface: &NetworkInterface,
) -> Result<(Vec<Ipv4Addr>, usize), ServiceError> {
    let mut named = read_ipv4_list(input.private_ip_addresses.as_deref().unwrap_or_default())?;
    let number = count("secondaryPrivateIpAddressCount", input.secondary_private_ip_address_count)?;
    match (named.is_empty(), number.unwrap_or(0)) {
        (true, 0) => Err(errors::missing_parameter("PrivateIpAddresses or SecondaryPrivateIpAddressCount")),
        (false, number) if number > 0 => Err(errors::addresses_and_count()),
        (_, number) => {
            named.retain(|address| !interface.private_addresses.contains(address));
            Ok((named, number))
        }
    }
}

/// Takes these addresses from the other interfaces of the subnet; a primary one stays with whom it is.
fn take_from_others(
    addresses: &[Ipv4Addr],
    id: &str,
    subnet_id: &str,
    cx: &mut Context,
) -> Result<(), ServiceError> {
    for (holder, interface) in holders(addresses, id, subnet_id, cx) {
        let taken: Vec<Ipv4Addr> = interface
            .private_addresses
            .iter()
            .copied()
            .filter(|address| addresses.contains(address))
            .collect();
        super::unassign_private_ip_addresses::unassign(&holder, &taken, cx)?;
    }
    Ok(())
}

fn holders(
    addresses: &[Ipv4Addr],
    id: &str,
    subnet_id: &str,
    cx: &Reader,
) -> Vec<(String, NetworkInterface)> {
    let holds = |interface: &NetworkInterface| {
        interface.private_addresses.iter().any(|address| addresses.contains(address))
    };
    let others = of_subnet(subnet_id, cx).filter(|found| found.key.id() != id && holds(found.record));
    others.map(|found| (found.key.id().to_owned(), found.record.clone())).collect()
}
