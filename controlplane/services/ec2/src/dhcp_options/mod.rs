//! DHCP option sets: which DNS servers the instances of a VPC ask, and which domains they search.
//!
//! A set never changes; a VPC is given another one. What it says reaches an instance's `/etc/resolv.conf` when the
//! instance starts next: containers have no lease that would be renewed in between.
//!
//! A VPC without a set has `default`, which is no record and says nothing. Options that could have no effect are refused
//! instead of stored: instances share their machine's clock, so there is nothing to do with a time server, and nothing
//! here speaks NetBIOS or hands out IPv6 leases. `AmazonProvidedDNS` is refused for the same reason while no VPC has a
//! resolver of its own.
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

use crate::vpc::Vpc;
use controlplane_services_kernel::Reader;

/// How AWS says that a VPC has no set.
pub(crate) const DEFAULT: &str = "default";

/// The set of a VPC, if it has one.
pub fn of_vpc<'r>(vpc_id: &str, cx: &'r Reader) -> Option<&'r DhcpOptions> {
    cx.get(cx.get::<Vpc>(vpc_id)?.dhcp_options_id.as_deref()?)
}
