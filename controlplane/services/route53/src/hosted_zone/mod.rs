//! A hosted zone: a domain and its record sets, the apex NS and SOA among them from the start.
//!
//! One that is created with a VPC is private: the resolvers of its VPCs answer for it, and nobody else
//! ([`crate::vpc_association`]). No zone changes from one kind to the other.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-working-with.html>

mod columns;
mod manifest;
pub mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use ops::create_hosted_zone::{NewZone, create};
pub use ops::delete_hosted_zone::delete;
pub use types::{HostedZone, HostedZoneConfig, HostedZoneShown, OF_VPC};
pub(crate) use types::{OF_DELEGATION_SET, WANT_ACCELERATED_RECOVERY};
pub use validate::{existing, existing_public};
