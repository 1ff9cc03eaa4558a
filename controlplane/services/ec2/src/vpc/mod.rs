//! Virtual private clouds.
//!
//! A VPC is made `available` at once: the network exists on a machine as soon as something of the VPC lives
//! there, so there is nothing to wait for. With it come a main route table and a default security group, and
//! they go with it; everything else in a VPC has to be deleted before.
//!
//! IPv6 blocks are /56 networks of unique local addresses (RFC 4193) with random global ids: they never clash
//! with what the owner of the machines uses, and never reach the internet. Every VPC has a VXLAN network
//! identifier that is unique in the whole cluster, whatever the account.
//!
//! - <https://docs.aws.amazon.com/vpc/latest/userguide/configure-your-vpc.html>
//! - <https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html>

mod columns;
pub mod default;
mod manifest;
mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use ops::VpcShape;
pub(crate) use ops::{
    create_default_vpc, create_vpc, delete_vpc, describe_vpc_attribute, describe_vpcs, modify_vpc_attribute,
};
pub use types::{Ipv6Block, Vpc};
pub(crate) use validate::{canonical_ipv4, canonical_ipv6};

use controlplane_services_kernel::{Reader, ServiceError};

/// The caller's default VPC, if it has one.
pub fn default_of(cx: &Reader) -> Option<String> {
    let mut found = cx.find::<Vpc>(types::BY_DEFAULT, "true");
    found.next().map(|stored| stored.key.id().to_owned())
}

/// The ids of the VPCs that have a DHCP option set.
pub(crate) fn with_dhcp_options<'r>(id: &str, cx: &'r Reader) -> impl Iterator<Item = String> + use<'r> {
    cx.find::<Vpc>(types::BY_DHCP_OPTIONS, id).map(|vpc| vpc.key.id().to_owned())
}

/// The caller's default VPC, for actions that fall back to it.
pub(crate) fn require_default(cx: &Reader) -> Result<String, ServiceError> {
    default_of(cx).ok_or_else(crate::errors::no_default_vpc)
}
