//! DHCP option sets: which DNS servers the instances of a VPC ask, and which domains they search.
//!
//! A set never changes; a VPC is given another one. What it says reaches an instance's `/etc/resolv.conf` when the
//! instance starts next: containers have no lease that would be renewed in between.
//!
//! A VPC without a set has `default`, which is no record and says what AWS's own sets say: ask the VPC's resolver, search
//! the domain that private names are in. Options that could have no effect are refused instead of stored: instances share
//! their machine's clock, so there is nothing to do with a time server, and nothing here speaks NetBIOS or hands out IPv6
//! leases.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html>

mod columns;
mod manifest;
pub(crate) mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use types::DhcpOptions;

use crate::network_interface;
use crate::vpc::Vpc;
use controlplane_services_kernel::Reader;
use std::net::IpAddr;

/// How AWS says that a VPC has no set.
pub(crate) const DEFAULT: &str = "default";

/// The set of a VPC, if it has one.
pub fn of_vpc<'r>(vpc_id: &str, cx: &'r Reader) -> Option<&'r DhcpOptions> {
    cx.get(cx.get::<Vpc>(vpc_id)?.dhcp_options_id.as_deref()?)
}

/// What the instances of a VPC are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Addresses, in the order they are asked.
    pub domain_name_servers: Vec<IpAddr>,
    /// Searched for names without dots.
    pub domain_names: Vec<String>,
}

/// What the instances of a VPC are told; `None`: nothing. A resolver that is switched off is not named.
pub fn told_in(vpc_id: &str, cx: &Reader) -> Option<Told> {
    let vpc = cx.get::<Vpc>(vpc_id)?;
    let resolver = || vpc.dns_support.then(|| IpAddr::V4(vpc.resolver())).into_iter();
    match of_vpc(vpc_id, cx) {
        Some(set) => Some(Told {
            domain_name_servers: resolver()
                .filter(|_| set.amazon_provided)
                .chain(set.domain_name_servers.iter().copied())
                .collect(),
            domain_names: set.domain_names.clone(),
        }),
        None => vpc.dns_support.then(|| Told {
            domain_name_servers: resolver().collect(),
            domain_names: vec![network_interface::private_domain(&cx.caller.region)],
        }),
    }
}
