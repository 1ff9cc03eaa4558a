//! Elastic network interfaces: an address in a subnet, with security groups, that an instance can hold.
//!
//! `available` until it is attached, `in-use` while an instance holds it. Interfaces that `RunInstances`
//! makes are deleted with their instance unless it was told otherwise; [`create`], [`attach`] and [`release`]
//! are what instances use. A public address belongs to the interface from its creation on, comes out of the
//! region's pool, and goes back when the interface is released or its instance is stopped: it is the address AWS
//! calls "auto-assigned", not an elastic one.
//!
//! Nothing here waits for a machine: the record is the truth, machines follow.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html>

mod allocate;
mod columns;
mod lifecycle;
mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub(crate) use allocate::public as free_public_address;
use lifecycle::delete;
pub use lifecycle::{Attach, NewInterface, attach, create, give_back_public, release, take_public_again};
pub(crate) use ops::{
    assign_private_ip_addresses, attach_network_interface, create_network_interface,
    delete_network_interface, describe_network_interface_attribute, describe_network_interfaces,
    detach_network_interface, modify_network_interface_attribute, reset_network_interface_attribute,
    unassign_private_ip_addresses,
};
pub use types::{Association, Attachment, NetworkInterface};
pub use validate::{AddressMembers, Addresses, InstanceIpv6Address, PrivateIpAddressSpecification, groups};

use controlplane_services_kernel::{Reader, Stored};
use controlplane_types::RegionName;
use std::net::{IpAddr, Ipv4Addr};

/// The interfaces in a VPC, by id.
pub fn of_vpc<'r>(id: &str, cx: &'r Reader) -> impl Iterator<Item = Stored<'r, NetworkInterface>> + use<'r> {
    cx.find(types::BY_VPC, id)
}

/// The interfaces in a subnet, by id.
pub fn of_subnet<'r>(
    id: &str,
    cx: &'r Reader,
) -> impl Iterator<Item = Stored<'r, NetworkInterface>> + use<'r> {
    cx.find(types::BY_SUBNET, id)
}

/// How many private IPv4 addresses the interfaces in a subnet have.
pub fn addresses_in(subnet_id: &str, cx: &Reader) -> usize {
    let count =
        cx.view.tally::<NetworkInterface>(&cx.scope::<NetworkInterface>(), types::ADDRESSES, subnet_id);
    usize::try_from(count).unwrap_or_default()
}

/// The interfaces a security group applies to, by id.
pub fn of_group<'r>(
    id: &str,
    cx: &'r Reader,
) -> impl Iterator<Item = Stored<'r, NetworkInterface>> + use<'r> {
    cx.find(types::BY_GROUP, id)
}

/// The interfaces of an instance, in the order of their device indexes.
pub fn of_instance<'r>(id: &str, cx: &'r Reader) -> Vec<Stored<'r, NetworkInterface>> {
    let mut found: Vec<_> = cx.find::<NetworkInterface>(types::BY_INSTANCE, id).collect();
    found.sort_by_key(|interface| interface.device_index());
    found
}

/// The interface a public address was assigned to automatically, whoever's it is.
pub fn with_public_address<'r>(address: Ipv4Addr, cx: &'r Reader) -> Option<Stored<'r, NetworkInterface>> {
    cx.view.find(types::BY_PUBLIC_ADDRESS, &address.to_string()).next()
}

/// The interface that has an attachment.
pub fn with_attachment<'r>(id: &str, cx: &'r Reader) -> Option<Stored<'r, NetworkInterface>> {
    cx.find(types::BY_ATTACHMENT, id).next()
}

/// An association with an elastic address.
pub fn with_association<'r>(id: &str, cx: &'r Reader) -> Option<&'r Association> {
    let interface = cx.find::<NetworkInterface>(types::BY_ASSOCIATION, id).next()?;
    interface.record.associations.iter().find(|found| found.id == id)
}

/// Every address of the interfaces a security group applies to, in order: what a rule that refers to the
/// group lets in.
pub fn member_addresses(group_id: &str, cx: &Reader) -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = of_group(group_id, cx).flat_map(|found| found.addresses()).collect();
    addresses.sort();
    addresses
}

/// The name AWS gives a private address.
pub fn private_dns_name(address: Ipv4Addr, region: &RegionName) -> String {
    let host = address.to_string().replace('.', "-");
    format!("ip-{host}.{}", private_domain(region))
}

/// The domain of the names AWS gives private addresses.
pub fn private_domain(region: &RegionName) -> String {
    match region.as_str() {
        "us-east-1" => "ec2.internal".to_owned(),
        region => format!("{region}.compute.internal"),
    }
}
