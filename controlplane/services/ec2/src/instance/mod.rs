//! Instances: containers that behave like EC2 instances.
//!
//! The life of one, and who moves it:
//!
//! ```text
//!  RunInstances          placement            agent: RUNNING         TerminateInstances      agent: GONE
//! ---------------> pending ----> pending, node ----------> running ---------> shutting-down --------> terminated
//!                     |             ^                       |   |                   ^                     |
//!                     |             | StartInstances        |   | StopInstances     |                     | an hour later
//!                     |             |                       |   v                   |                     v
//!                     |             |                       | stopping              |                 no record
//!                     |             |                       |   | agent: STOPPED    |
//!                     |             |     first process     v   v                   |
//!                     |             +------------------- stopped -------------------+
//!                     |                     ends; or `shutting-down` when told so
//!                     +--> terminated, if nobody wants it before it has a node
//! ```
//!
//! `RebootInstances` moves nothing: it raises the run ([`power`]).
//!
//! The record has a desired part, which actions write, and an observed part, which [`ObserveInstances`] derives from what
//! agents report. Only moves of the state are written: an instance costs the log four entries in its life (run, running,
//! terminate, gone) however often agents report. It is placed in the entry that makes it, when a node has room and the
//! region is of a size where the launch can look at every node; else it waits for [`Placement`], which works in batches.
//!
//! What readers get wrong:
//! - `pending` without a node is not an error. Nothing is written while an instance waits for room; why each node
//!   refuses it is computed when somebody looks (`status.placement`).
//! - A report names a *run*. Every start of an instance raises it, so a late report of an older run moves nothing.
//! - A node that is silent says nothing about its instances: they stay `running` until somebody decides otherwise
//!   (Auto Scaling replaces them). Only one that is shutting down is given up after a while ([`Lifecycle`]).
//! - What keeps an instance off a node need not be room: its tags can select labels and pass taints ([`demands`]). And a node
//!   that runs out of memory, process ids or disk may have to lose one ([`eviction`]).
//! - A stopped instance has a node: the one with its root file system, where alone it starts again (`design/0035`).
//! - Interfaces and their addresses are kept until the instance is `terminated`, because until then packets may still
//!   come from them.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html>

mod capacity;
mod columns;
mod controller;
mod demands;
mod eviction;
mod launch;
mod manifest;
mod moves;
mod ops;
mod placing;
mod power;
mod shape;
mod state;
mod types;
pub(crate) mod user_data;

#[cfg(test)]
pub(crate) mod tests;

pub use capacity::nodes;
pub use controller::{Lifecycle, Placement};
pub use demands::{admits, check_demand, driven_away, of_tags, tolerates_to_stay};
pub use eviction::{EvictionRequest, InstanceUsage, NodeStrain};
pub use launch::{Launch, Launched, launch};
pub use manifest::InstanceSpec;
pub use ops::observe_instances::{InstanceStatus, ObserveInstances, ObserveInstancesInput, ObservedState};
pub use ops::place_instances::{PlaceInstances, PlaceInstancesInput, PlacedInstance};
pub use ops::settle_instances::{SettleInstances, SettleInstancesInput};
pub use ops::terminate_instances::terminate;
pub(crate) use ops::{
    describe_instance_attribute, describe_instance_status, describe_instances, get_console_output,
    modify_instance_attribute, modify_instance_metadata_options, reboot_instances, run_instances,
    start_instances, stop_instances, terminate_instances,
};
pub(crate) use power::VERBS;
pub use state::State;
pub use types::{
    BY_GROUP, BY_IMAGE, BY_RESERVATION, BY_STATE, BY_SUBNET, BY_VPC, EXPIRES, Exit, Instance,
    MetadataOptions, ShutdownBehavior, StateReason, TERMINATED_KEPT, UNPLACED,
};

use crate::network_interface;
use controlplane_services_kernel::Context;

/// Writes down which interfaces an instance has, after one came or went.
pub(crate) fn note_interfaces(id: &str, cx: &mut Context) {
    let Some(instance) = cx.get::<Instance>(id).cloned() else {
        return;
    };
    let held = network_interface::of_instance(id, cx).into_iter();
    let interfaces = held.map(|found| found.key.id().to_owned()).collect();
    cx.put(id, Instance { interfaces, ..instance });
}

/// The most interfaces an instance has. AWS's bound grows with the type; one for all is enough here.
pub const MAX_INTERFACES: usize = 8;
