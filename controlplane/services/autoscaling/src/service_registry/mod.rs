//! A group's service registry: a DNS name kept filled with the members that are in service.
//!
//! An extension modelled on ECS service registries. Each member gets a record set of its own, named by its instance id, and
//! if the registry says so a health check, so that DNS servers leave out a member that stopped answering before the
//! control plane has noticed. [`sync`] compares what should be registered with what is and writes the difference; the
//! group's own operations call it, so a member leaves DNS in the very commit that ends it.

pub(crate) mod controller;
pub mod ops;
mod sync;
mod types;

pub use sync::{clear, difference, sync};
pub use types::{RegistryHealthCheck, RegistryPolicy, ServiceRegistry};
