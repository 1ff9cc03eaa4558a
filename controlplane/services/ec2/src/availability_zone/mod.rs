//! Availability zones and regions, as the region's own record says them.
//!
//! There are only zones of the plain kind, all of them available: whether machines of a zone are up is shown
//! by its nodes, not here.

pub(crate) mod ops;

#[cfg(test)]
mod tests;
