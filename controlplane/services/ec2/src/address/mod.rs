//! Elastic IP addresses: public addresses an account holds until it releases them.
//!
//! ```text
//! AllocateAddress ──▶ held ──AssociateAddress──▶ associated with a private address of an interface
//!                      ▲ │                          │ DisassociateAddress, another takes its place, or the
//!      ReleaseAddress ◀┼─┘                          │ private address or the interface goes
//!                      └────────────────────────────┘
//! ```
//!
//! They come out of the region's pool, like the addresses instances are given automatically, and the internet gateway
//! translates them one to one in the same way. Which private address one belongs to is written on the interface
//! ([`Association`]), because everything that asks about an interface needs it; the address record only says on which
//! interface to look.
//!
//! What readers get wrong: an association belongs to the interface and not to the instance. It outlives a stop, and goes
//! with the interface when that is detached and attached elsewhere.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html>

mod association;
mod columns;
mod ops;
mod types;

#[cfg(test)]
mod tests;

pub(crate) use association::{disassociate_all, disassociate_private};
pub(crate) use ops::{
    allocate_address, associate_address, describe_addresses, disassociate_address, release_address,
};
pub use types::{Address, with_public_ip};

pub use crate::network_interface::Association;
