//! Makes the desired state real on one machine.
//!
//! ```text
//!   control plane ──Link──▶ session ──▶ desired::keeper ──▶ ledger (disk)
//!        ▲                     │               │ watch
//!        │ reports, heartbeats │               ▼
//!        └─────────────────────┴──watch── reconcile ── plan ──▶ backend (linux, sim)
//! ```
//!
//! Six tasks, joined by "newest value" channels and not by queues: whoever is slow skips states, nobody piles them
//! up, and a report is the difference between what was sent and what is true when it can be sent.
//!
//! - [`session`] speaks with the control plane and never waits for disk or kernel.
//! - [`desired`] decides whether a set may replace the one held, and puts it into the [`ledger`] *before* anybody acts.
//! - [`reconcile`] observes, asks the pure `plan` functions of [`network`], [`image`] and [`instance`], and runs what
//!   they say as jobs on the [`backend`].
//! - `health` probes health checks from inside the VPCs that the machine hosts.
//! - [`pressure`] measures what the machine has left, and says when that is too little.
//!
//! What readers get wrong: "no desired set" is not "an empty desired set". Without a set (first contact) nothing on
//! the machine is touched; with an empty one everything goes.
//!
//! The agent is no supervisor. An instance whose first process ends is reported, and the control plane decides; the
//! agent starts something again by itself only when the machine has booted since. Ending the agent ends no instance.

pub mod archive;
pub mod backend;
pub mod backoff;
mod causes;
pub mod desired;
mod health;
pub mod image;
pub mod instance;
pub mod ledger;
mod lifecycle;
pub mod metadata;
pub mod network;
pub mod offer;
mod places;
pub mod pressure;
pub mod reconcile;
pub mod registry;
pub mod report;
pub mod resolver;
pub mod session;
mod tasks;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use lifecycle::{Agent, AgentConfig, AgentHandle, StartError, Timing};
pub use pressure::Thresholds;
