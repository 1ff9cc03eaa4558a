//! A machine (or Kubernetes cluster) that runs an agent.
//!
//! A node comes to be when its agent first says hello ([`RegisterNode`]) and is `Ready` from then on until the server
//! decides otherwise ([`SetNodeCondition`]). Heartbeats are not written down: only the two transitions are. A node that
//! says hello again with nothing new writes nothing, so agents that reconnect after an election leave the log alone.
//!
//! What people get wrong: `NotReady` does not end what runs on the node. Agents need no control plane to go on, and
//! a server that cannot hear a node cannot know. Whoever replaces instances (Auto Scaling) decides for itself.
//!
//! Operators have a word of their own ([`SetNodeScheduling`]): a *cordoned* node keeps what it has and takes nothing new, a
//! *draining* one sees its instances move away: Auto Scaling starts each one's successor elsewhere first. Neither says
//! anything about the agent, so a node can be `Ready` and cordoned.
//!
//! A node goes for good in one of two ways, both only once nothing is placed on it. [`RemoveNode`] is for one that works:
//! its certificates are revoked along, so it does not come back by itself. [`DeleteNode`] forgets one that is `NotReady`.
//! Other services own what is placed on nodes, so this crate asks no service: every kind that holds a node has the
//! index [`HELD_BY`].

mod columns;
mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use ops::delete_node::{DeleteNode, DeleteNodeInput, delete};
pub use ops::register_node::{RegisterNode, RegisterNodeInput, RegisterNodeOutput};
pub use ops::remove_node::{RemoveNode, RemoveNodeInput};
pub use ops::set_node_condition::{SetNodeCondition, SetNodeConditionInput};
pub use ops::set_node_scheduling::{SetNodeScheduling, SetNodeSchedulingInput};
pub use types::{Allocatable, Capacity, Condition, Cordon, HELD_BY, Node, Scheduling, holders};
