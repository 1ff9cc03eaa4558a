//! Which addresses an interface gets.
//!
//! Private IPv4 addresses are the lowest free ones of the subnet, so that a plan can be read; IPv6 and public
//! addresses are drawn at random, because nobody reads them and an address that changes hands quickly meets
//! stale connections.

use super::types::{ADDRESSES, NetworkInterface};
use super::validate::Addresses;
use super::{of_subnet, with_public_address};
use crate::address::with_public_ip;
use crate::errors;
use crate::subnet::{Subnet, usable};
use controlplane_services_kernel::{Context, Reader, ServiceError};
use controlplane_services_native::Region;
use ipnet::{Ipv4Net, Ipv6Net};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Private addresses, primary first.
pub(super) fn ipv4(
    wanted: &Addresses,
    subnet_id: &str,
    subnet: &Subnet,
    cx: &Context,
) -> Result<Vec<Ipv4Addr>, ServiceError> {
    let mut taken = Taken::of(subnet_id, &subnet.cidr, cx);
    for address in wanted.primary.iter().chain(&wanted.secondary) {
        check_ipv4(*address, &subnet.cidr)?;
        if taken.take(*address) {
            return Err(errors::address_in_use((*address).into()));
        }
    }
    let missing = wanted.secondary_count + usize::from(wanted.primary.is_none());
    let mut free: Vec<Ipv4Addr> = taken.free().take(missing).collect();
    if free.len() < missing {
        return Err(errors::no_free_addresses(subnet_id));
    }
    let mut addresses = vec![wanted.primary.unwrap_or_else(|| free.remove(0))];
    addresses.extend(&wanted.secondary);
    addresses.extend(free);
    Ok(addresses)
}

/// Secondary addresses: exactly these, and that many free ones.
pub(super) fn secondary(
    named: &[Ipv4Addr],
    number: usize,
    subnet_id: &str,
    subnet: &Subnet,
    cx: &Reader,
) -> Result<Vec<Ipv4Addr>, ServiceError> {
    let mut taken = Taken::of(subnet_id, &subnet.cidr, cx);
    for address in named {
        check_ipv4(*address, &subnet.cidr)?;
        if taken.take(*address) {
            return Err(errors::address_in_use((*address).into()));
        }
    }
    let mut addresses = named.to_vec();
    addresses.extend(taken.free().take(number));
    if addresses.len() < named.len() + number {
        return Err(errors::no_free_addresses(subnet_id));
    }
    Ok(addresses)
}

fn check_ipv4(address: Ipv4Addr, cidr: &Ipv4Net) -> Result<(), ServiceError> {
    let (first, last) = usable(cidr);
    if !cidr.contains(&address) {
        return Err(errors::address_outside_subnet(address.into()));
    }
    if address < first || address > last {
        return Err(errors::address_reserved(address.into()));
    }
    Ok(())
}

/// Which usable addresses of a subnet are taken: by an interface, or by what is being decided.
struct Taken<'c> {
    subnet_id: &'c str,
    cx: &'c Reader,
    first: u64,
    last: u64,
    named: BTreeSet<u64>,
}

impl<'c> Taken<'c> {
    fn of(subnet_id: &'c str, cidr: &Ipv4Net, cx: &'c Reader) -> Self {
        let (first, last) = usable(cidr);
        Self {
            subnet_id,
            cx,
            first: u32::from(first).into(),
            last: u32::from(last).into(),
            named: BTreeSet::new(),
        }
    }

    /// The first address from `number` on that no interface has.
    fn first_free(&self, number: u64) -> u64 {
        let scope = self.cx.scope::<NetworkInterface>();
        self.cx.view.first_free::<NetworkInterface>(&scope, ADDRESSES, self.subnet_id, number)
    }

    /// Marks an address and answers whether it was taken before.
    fn take(&mut self, address: Ipv4Addr) -> bool {
        let number = u32::from(address).into();
        self.first_free(number) != number || !self.named.insert(number)
    }

    /// The addresses nobody has, lowest first.
    fn free(&self) -> impl Iterator<Item = Ipv4Addr> {
        let found =
            std::iter::successors(Some(self.first_free(self.first)), |last| Some(self.first_free(last + 1)));
        let free = found.take_while(|number| *number <= self.last);
        free.filter(|number| !self.named.contains(number))
            .filter_map(|number| u32::try_from(number).ok().map(Ipv4Addr::from))
    }
}

/// IPv6 addresses.
pub(super) fn ipv6(
    wanted: &Addresses,
    subnet_id: &str,
    subnet: &Subnet,
    cx: &mut Context,
) -> Result<Vec<Ipv6Addr>, ServiceError> {
    let automatic = usize::from(subnet.assign_ipv6_address_on_creation && wanted.ipv6.is_empty());
    let count = wanted.ipv6_count.unwrap_or(automatic);
    if count == 0 && wanted.ipv6.is_empty() {
        return Ok(Vec::new());
    }
    let block = subnet.ipv6.as_ref().ok_or_else(|| errors::subnet_without_ipv6(subnet_id))?.cidr;
    let mut taken: BTreeSet<Ipv6Addr> =
        of_subnet(subnet_id, cx).flat_map(|interface| interface.ipv6_addresses.clone()).collect();
    let mut addresses = Vec::with_capacity(count + wanted.ipv6.len());
    for address in &wanted.ipv6 {
        check_ipv6(*address, &block)?;
        if !taken.insert(*address) {
            return Err(errors::address_in_use((*address).into()));
        }
        addresses.push(*address);
    }
    while addresses.len() < count {
        let address = draw_ipv6(&block, cx);
        if check_ipv6(address, &block).is_ok() && taken.insert(address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

/// As in IPv4, the first four addresses and the last one are the network's.
fn check_ipv6(address: Ipv6Addr, block: &Ipv6Net) -> Result<(), ServiceError> {
    const RESERVED_FIRST: u128 = 4;
    if !block.contains(&address) {
        return Err(errors::address_outside_subnet(address.into()));
    }
    let low = u128::from(address) - u128::from(block.network());
    if low < RESERVED_FIRST || address == block.broadcast() {
        return Err(errors::address_reserved(address.into()));
    }
    Ok(())
}

fn draw_ipv6(block: &Ipv6Net, cx: &mut Context) -> Ipv6Addr {
    let mut low = [0u8; 8];
    cx.random().fill(&mut low);
    (u128::from(block.network()) | u128::from(u64::from_be_bytes(low))).into()
}

/// A public address: the first free one after a random place in the pool. Regions share it, so the indexes of all are asked.
pub(crate) fn public(cx: &mut Context) -> Result<Ipv4Addr, ServiceError> {
    let pool = Region::current(cx)?.public_addresses;
    let (network, last) = (u32::from(pool.network()), u32::from(pool.broadcast()));
    // Neither the network's own address nor the broadcast one.
    let size = u64::from(last - network - 1);
    let start = cx.random().below(size);
    let candidates = (0..size).map(|step| network + 1 + u32::try_from((start + step) % size).unwrap_or(0));
    let taken = |address: Ipv4Addr| {
        with_public_address(address, cx).is_some() || with_public_ip(address, cx).is_some()
    };
    let mut free = candidates.map(Ipv4Addr::from).filter(|address| !taken(*address));
    free.next().ok_or_else(errors::no_public_address_left)
}
