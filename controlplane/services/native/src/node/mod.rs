//! A machine (or Kubernetes cluster) that runs an agent.
//!
//! A node comes to be when its agent first says hello ([`RegisterNode`]) and is `Ready` from then on until the server
//! decides otherwise ([`SetNodeCondition`]). Heartbeats are not written down: only the two transitions are. A node that
//! says hello again with nothing new writes nothing, so agents that reconnect after an election leave the log alone.
//!
//! What people get wrong: `NotReady` does not end what runs on the node. Agents need no control plane to go on, and
//! a server that cannot hear a node cannot know. Whoever replaces instances (Auto Scaling) decides for itself.
//!
//! A node is deleted ([`DeleteNode`]) only when it is `NotReady` and nothing is placed on it. Other services own what
//! is placed on nodes, so this crate asks no service: every kind that holds a node has the index [`HELD_BY`].

mod columns;
mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use ops::delete_node::{DeleteNode, DeleteNodeInput, delete};
pub use ops::register_node::{RegisterNode, RegisterNodeInput, RegisterNodeOutput};
pub use ops::set_node_condition::{SetNodeCondition, SetNodeConditionInput};
pub use types::{Capacity, Condition, HELD_BY, Node, holders};
