//! The blocks of a collection and what may become of them.

use crate::errors;
use controlplane_services_kernel::ServiceError;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// Blocks by location.
pub(super) type Locations = BTreeMap<String, BTreeSet<String>>;

/// Blocks of a collection.
const BLOCKS_MAX: usize = 1000;
/// Longest prefixes; a longer one would tell clients of one resolver apart. All addresses together are location `*`.
const LONGEST_V4: u8 = 24;
const LONGEST_V6: u8 = 48;

/// A block in its one spelling.
pub(super) fn block(text: &str) -> Result<String, ServiceError> {
    let invalid = |rule: &str| errors::invalid_input(format!("Cidr: {text}: {rule}"));
    let net: IpNet = text.parse().map_err(|_| invalid("this is no block of addresses"))?;
    if net.addr() != net.network() {
        return Err(invalid("there are bits behind the prefix"));
    }
    let longest = if net.addr().is_ipv4() { LONGEST_V4 } else { LONGEST_V6 };
    if !(1..=longest).contains(&net.prefix_len()) {
        return Err(invalid("the prefix has 1 to 24 bits with IPv4, 1 to 48 with IPv6"));
    }
    Ok(net.to_string())
}

/// Every block of a list, each in its one spelling.
pub(super) fn blocks(list: &[String]) -> Result<BTreeSet<String>, ServiceError> {
    list.iter().map(|text| block(text)).collect()
}

/// A name a location can have.
pub(super) fn location_name(name: &str) -> Result<(), ServiceError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=16).contains(&name.len()) && name.bytes().all(plain) {
        return Ok(());
    }
    Err(errors::invalid_input(format!("LocationName: {name}: 1 to 16 letters, digits, '_' and '-'")))
}

/// Takes blocks out of a location; those that are not there do not matter.
pub(super) fn take(locations: &mut Locations, location: &str, blocks: &BTreeSet<String>) {
    if let Some(left) = locations.get_mut(location) {
        left.retain(|block| !blocks.contains(block));
        if left.is_empty() {
            locations.remove(location);
        }
    }
}

/// Puts blocks into a location.
pub(super) fn put(locations: &mut Locations, location: &str, blocks: BTreeSet<String>) {
    locations.entry(location.to_owned()).or_default().extend(blocks);
}

/// No block in two locations, and not too many of them.
pub(super) fn check(locations: &Locations) -> Result<(), ServiceError> {
    let mut seen = BTreeMap::new();
    for (location, blocks) in locations {
        for block in blocks {
            if let Some(other) = seen.insert(block, location) {
                return Err(errors::cidr_block_in_use(block, other));
            }
        }
    }
    if seen.len() > BLOCKS_MAX {
        return Err(errors::limits_exceeded("CIDR blocks per collection", BLOCKS_MAX));
    }
    Ok(())
}
