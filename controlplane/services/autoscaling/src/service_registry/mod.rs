//! A group's service registry: a DNS name kept filled with the members that are in service.
//!
//! An extension modelled on ECS service registries. Each member gets a record set of its own, named by its instance id, and
//! if the registry says so a health check, so that DNS servers leave out a member that stopped answering before the
//! control plane has noticed. [`sync`] compares what should be registered with what is and writes the difference; the
//! group's own operations call it ([`sync_along`]), so a member leaves DNS in the very commit that ends it.
//!
//! What readers get wrong: a registry that cannot be written (somebody put a simple record under the name) must not keep
//! the group from replacing instances. So the group's operations go ahead without it, and the registry's own
//! controller tries again and tells the failure.
//!
//! Members are set right when they are missing, have another address, lost their health check or stand under another
//! policy. Weights and times to live changed by hand are left: an operator drains a member with a weight of zero, and
//! Route 53 gives all sets of a weighted name one time to live, about which two groups would quarrel for ever.

pub(crate) mod controller;
pub mod ops;
mod sync;
mod types;

#[cfg(test)]
mod tests;

pub use sync::{Difference, clear, difference, sync, sync_along};
pub use types::{RegistryHealthCheck, RegistryPolicy, ServiceRegistry};
