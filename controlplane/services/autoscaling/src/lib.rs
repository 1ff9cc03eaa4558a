//! Amazon EC2 Auto Scaling: groups that keep their number of healthy instances, over zones.
//!
//! A group replaces: an instance that ended, was declared unhealthy or lies on a node nobody hears of is terminated and a
//! new one, with a new id and address, takes its place. With a [`service_registry`] a group also keeps a DNS name filled with
//! its members.

mod accesses;
pub mod activity;
pub mod auto_scaling_group;
pub mod errors;
mod operations;
pub mod page;
pub mod service_registry;

#[cfg(test)]
mod tests;

pub use activity::Activity;
pub use auto_scaling_group::AutoScalingGroup;

use controlplane_services_kernel::{ControllerEntry, KindEntry, Service};

/// Auto Scaling.
pub static SERVICE: Service = Service {
    name: "autoscaling",
    operations: operations::OPERATIONS,
    accesses: accesses::of,
    kinds: &[KindEntry::declared::<AutoScalingGroup>(), KindEntry::visible::<Activity>()],
    controllers: &[
        ControllerEntry::of::<auto_scaling_group::controller::Scaling>(),
        ControllerEntry::of::<service_registry::controller::Registration>(),
    ],
};
