//! Subnets: a block of a VPC in one availability zone.
//!
//! The first four addresses and the last one of a block belong to the network: `.0` names it, `.1` is the
//! router, `.2` the resolver, `.3` is kept, the last would be the broadcast address. Everything else is free
//! until a network interface has it; [`available_addresses`] counts.
//!
//! - <https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html>
//! - <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>

mod columns;
pub(crate) mod default;
mod manifest;
mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub(crate) use ops::{
    create_default_subnet, create_subnet, delete_subnet, describe_subnets, modify_subnet_attribute,
};
pub use types::Subnet;

use crate::network_interface;
use controlplane_services_kernel::{Reader, Stored};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

/// The subnets of a VPC, by id.
pub fn of_vpc<'r>(vpc_id: &str, cx: &'r Reader) -> impl Iterator<Item = Stored<'r, Subnet>> + use<'r> {
    cx.find(types::BY_VPC, vpc_id)
}

/// The default subnet of a zone.
pub fn default_in<'r>(zone: &str, cx: &'r Reader) -> Option<Stored<'r, Subnet>> {
    let vpc_id = crate::vpc::default_of(cx)?;
    of_vpc(&vpc_id, cx).find(|subnet| subnet.default_for_az && subnet.zone == zone)
}

/// Addresses of a block that interfaces may have: first and last.
pub fn usable(cidr: &Ipv4Net) -> (Ipv4Addr, Ipv4Addr) {
    const RESERVED_FIRST: u32 = 4;
    let first = u32::from(cidr.network()).saturating_add(RESERVED_FIRST);
    let last = u32::from(cidr.broadcast()).saturating_sub(1);
    (first.into(), last.into())
}

/// How many addresses no interface has yet.
pub fn available_addresses(id: &str, subnet: &Subnet, cx: &Reader) -> usize {
    let (first, last) = usable(&subnet.cidr);
    let all = (u32::from(last) - u32::from(first) + 1) as usize;
    all.saturating_sub(network_interface::addresses_in(id, cx))
}
