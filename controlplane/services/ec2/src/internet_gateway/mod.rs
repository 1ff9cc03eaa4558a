//! Internet gateways: what makes public addresses of a VPC mean something.
//!
//! A VPC has at most one. Detaching is refused while interfaces of the VPC have public addresses; routes that
//! lead to a detached gateway turn into black holes and come back when it is attached again.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html>

mod columns;
mod manifest;
mod ops;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use ops::{
    attach_internet_gateway, create_internet_gateway, delete_internet_gateway, describe_internet_gateways,
    detach_internet_gateway,
};
pub use types::InternetGateway;

use controlplane_services_kernel::Reader;

/// The id of the gateway attached to a VPC.
pub fn of_vpc(vpc_id: &str, cx: &Reader) -> Option<String> {
    let mut found = cx.find::<InternetGateway>(types::BY_VPC, vpc_id);
    found.next().map(|stored| stored.key.id().to_owned())
}
