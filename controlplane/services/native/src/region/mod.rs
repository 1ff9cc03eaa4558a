//! The region itself: its zones, the addresses it calls public, the accounts that live in it.
//!
//! One record per region under the system account. It is written at first start by [`DeclareRegion`] and only ever
//! grows: a zone or an account can be added by starting the server with a longer list, but neither goes away, because
//! records refer to them.
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
