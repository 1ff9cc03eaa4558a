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
//! They also say what a node is ([`LabelNode`]: instances can select it) and whom it does not want ([`TaintNode`]); so does the
//! agent when it is started. Both words are kept, the operator's wins ([`overlay`]).
//!
//! A node that has too little disk, memory or process ids left says so ([`pressure`]) and takes nothing new meanwhile; which
//! of its instances have to go is EC2's to say.
//!
//! A node stands in one region, which its label `region` names, or else its zone; a machine that stands for every zone and
//! names no region is the home region's. Its name is unique in the cluster and not only there, since it is what its
//! certificate is for: an empty node that says hello from another region has moved.
//!
//! A node goes for good in one of two ways, both only once nothing is placed on it. [`RemoveNode`] is for one that works:
//! its certificates are revoked along, so it does not come back by itself. [`DeleteNode`] forgets one that is `NotReady`.
//! Other services own what is placed on nodes, so this crate asks no service: every kind that holds a node has the
//! index [`HELD_BY`].

mod columns;
mod found;
mod ops;
mod overlay;
mod pressure;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub use ops::delete_node::{DeleteNode, DeleteNodeInput, delete};
pub use ops::label_node::{LabelNode, LabelNodeInput};
pub use ops::register_node::{RegisterNode, RegisterNodeInput, RegisterNodeOutput};
pub use ops::remove_node::{RemoveNode, RemoveNodeInput};
pub use ops::set_node_condition::{SetNodeCondition, SetNodeConditionInput};
pub use ops::set_node_scheduling::{SetNodeScheduling, SetNodeSchedulingInput};
pub use ops::taint_node::{TaintNode, TaintNodeInput};
pub use overlay::{Overlay, Told};
pub use pressure::{Pressure, Scarce, note_pressures};
pub use types::{Allocatable, Capacity, Condition, Cordon, HELD_BY, Node, Scheduling, holders};
