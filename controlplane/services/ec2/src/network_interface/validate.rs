//! From the members several actions share (`CreateNetworkInterface`, `RunInstances`, launch templates) to
//! what an interface needs.

use crate::errors;
use crate::resource::require;
use crate::security_group::{self, SecurityGroup};
use controlplane_services_kernel::quota::INTERFACE_SECURITY_GROUPS;
use controlplane_services_kernel::{Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The most addresses of each family an interface has: AWS's bound for its largest instance types.
pub(super) const MAX_ADDRESSES: usize = 50;

/// One address asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct PrivateIpAddressSpecification {
    /// Whether it becomes the primary one; one of them is.
    pub primary: Option<bool>,
    /// The IPv4 address, one of the subnet that is free.
    pub private_ip_address: Option<String>,
}

/// One IPv6 address asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InstanceIpv6Address {
    /// IPv6.
    pub ipv6_address: Option<String>,
}

/// How a request speaks of an interface's addresses.
#[derive(Clone, Copy, Debug, Default)]
pub struct AddressMembers<'a> {
    /// `PrivateIpAddress`.
    pub private_ip_address: Option<&'a str>,
    /// `PrivateIpAddresses`.
    pub private_ip_addresses: Option<&'a [PrivateIpAddressSpecification]>,
    /// `SecondaryPrivateIpAddressCount`.
    pub secondary_private_ip_address_count: Option<i32>,
    /// `Ipv6Addresses`.
    pub ipv6_addresses: Option<&'a [InstanceIpv6Address]>,
    /// `Ipv6AddressCount`.
    pub ipv6_address_count: Option<i32>,
}

/// Which addresses an interface is to have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Addresses {
    /// `None`: the lowest free one.
    pub primary: Option<Ipv4Addr>,
    /// Exactly these besides.
    pub secondary: Vec<Ipv4Addr>,
    /// And that many free ones.
    pub secondary_count: usize,
    /// Exactly these.
    pub ipv6: Vec<Ipv6Addr>,
    /// That many free ones; `None`: what the subnet says.
    pub ipv6_count: Option<usize>,
}

impl Addresses {
    /// Reads and checks what can be checked without knowing the subnet.
    pub fn read(members: AddressMembers) -> Result<Self, ServiceError> {
        let (primary, secondary) = ipv4(&members)?;
        let secondary_count =
            count("secondaryPrivateIpAddressCount", members.secondary_private_ip_address_count)?.unwrap_or(0);
        if secondary_count > 0 && !secondary.is_empty() {
            return Err(errors::addresses_and_count());
        }
        let ipv6 = ipv6(members.ipv6_addresses.unwrap_or_default())?;
        let ipv6_count = count("ipv6AddressCount", members.ipv6_address_count)?;
        if ipv6_count.is_some_and(|count| count > 0) && !ipv6.is_empty() {
            return Err(errors::ipv6_addresses_and_count());
        }
        let addresses = Self { primary, secondary, secondary_count, ipv6, ipv6_count };
        addresses.check_size()?;
        Ok(addresses)
    }

    fn check_size(&self) -> Result<(), ServiceError> {
        let ipv4 = 1 + self.secondary.len() + self.secondary_count;
        let ipv6 = self.ipv6.len() + self.ipv6_count.unwrap_or(0);
        if ipv4.max(ipv6) > MAX_ADDRESSES {
            return Err(errors::too_many_addresses(MAX_ADDRESSES));
        }
        Ok(())
    }
}

/// A number of addresses to be found.
pub(super) fn count(parameter: &str, value: Option<i32>) -> Result<Option<usize>, ServiceError> {
    value
        .map(|value| usize::try_from(value).map_err(|_| errors::negative_count(parameter, value)))
        .transpose()
}

/// The primary address and the secondary ones.
fn ipv4(members: &AddressMembers) -> Result<(Option<Ipv4Addr>, Vec<Ipv4Addr>), ServiceError> {
    let mut primary = members.private_ip_address.map(read_ipv4).transpose()?;
    let mut secondary: Vec<Ipv4Addr> = Vec::new();
    for specification in members.private_ip_addresses.unwrap_or_default() {
        let text = specification.private_ip_address.as_deref();
        let address = read_ipv4(text.ok_or_else(|| errors::missing_parameter("PrivateIpAddress"))?)?;
        if secondary.contains(&address) || primary == Some(address) {
            return Err(errors::address_given_twice(address.into()));
        }
        if !specification.primary.unwrap_or(false) {
            secondary.push(address);
        } else if primary.replace(address).is_some() {
            return Err(errors::one_primary_address());
        }
    }
    Ok((primary, secondary))
}

/// A list of private addresses, each once.
pub(super) fn read_ipv4_list(texts: &[String]) -> Result<Vec<Ipv4Addr>, ServiceError> {
    let mut addresses = Vec::with_capacity(texts.len().min(MAX_ADDRESSES));
    for text in texts {
        let address = read_ipv4(text)?;
        if addresses.contains(&address) {
            return Err(errors::address_given_twice(address.into()));
        }
        if addresses.len() == MAX_ADDRESSES {
            return Err(errors::too_many_addresses(MAX_ADDRESSES));
        }
        addresses.push(address);
    }
    Ok(addresses)
}

fn read_ipv4(text: &str) -> Result<Ipv4Addr, ServiceError> {
    text.parse().map_err(|_| errors::not_an_address(text, "privateIpAddress"))
}

fn ipv6(list: &[InstanceIpv6Address]) -> Result<Vec<Ipv6Addr>, ServiceError> {
    let mut addresses = Vec::with_capacity(list.len());
    for member in list {
        let text = member.ipv6_address.as_deref().unwrap_or_default();
        let address: Ipv6Addr = text.parse().map_err(|_| errors::not_an_address(text, "ipv6Address"))?;
        if addresses.contains(&address) {
            return Err(errors::address_given_twice(address.into()));
        }
        addresses.push(address);
    }
    Ok(addresses)
}

/// The groups of an interface in `subnet_id` of `vpc_id`: those named, each once, or the VPC's default group.
pub fn groups(
    ids: &[String],
    vpc_id: &str,
    subnet_id: &str,
    cx: &Reader,
) -> Result<Vec<String>, ServiceError> {
    if ids.is_empty() {
        return Ok(vec![security_group::default_of(vpc_id, cx)?]);
    }
    let mut groups: Vec<String> = Vec::with_capacity(ids.len());
    for id in ids {
        if require::<SecurityGroup>(id, cx)?.vpc_id != vpc_id {
            return Err(errors::group_in_other_network(id, subnet_id));
        }
        if !groups.contains(id) {
            groups.push(id.clone());
        }
    }
    let most = INTERFACE_SECURITY_GROUPS.limit(cx);
    if groups.len() > most {
        return Err(errors::too_many_groups(most));
    }
    Ok(groups)
}
