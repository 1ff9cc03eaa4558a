//! A region: its zones, the addresses it calls public, the accounts that live in it.
//!
//! One record per region under the system account. It is written at first start by [`DeclareRegion`] and only ever
//! grows: a zone, an account or another region can be added by starting the server with a longer list, but none goes away,
//! because records refer to them.
//!
//! A cluster serves one region or several. The one it began with is its *home*: what belongs to the cluster and not to a
//! region (servers, certificates, join tokens, DNS servers) lies there. To clients all regions are equal.
//!
//! Regions share one pool of public addresses, since they share the networks of the machines and the names that DNS answers:
//! an address is free when no region has given it away.
//!
//! "Public" addresses are what internet gateways translate to. They come out of `public_addresses`, by default
//! 198.18.0.0/16: a range set aside for benchmarks (RFC 2544) that no real host answers to.

mod columns;
mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use ops::declare_region::{DeclareRegion, DeclareRegionInput, DeclareRegionOutput};
pub use types::{Region, Zone};
