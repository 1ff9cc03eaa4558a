//! Instances: desired target and run against what the machine shows and what the ledger remembers.
//!
//! ```text
//! target RUNNING     nothing there, or an older run  ──▶ start (when image and network are ready)
//!                    running for this run            ──▶ leave alone
//!                    ended by itself                 ──▶ report EXITED; the control plane decides
//!                    ended by a boot of the machine  ──▶ start again under the same run, restarts + 1
//! target STOPPED     running ──▶ stop, keep the root file system
//! target TERMINATED  running ──▶ stop ──▶ remove ──▶ GONE
//! not in the set     the same as TERMINATED
//! ```
//!
//! What readers get wrong: an instance that was seen running and now has no trace on the machine is GONE, not to be
//! started. Its root file system went with it, and a fresh one under the same id would be another machine.

pub mod memory;
pub mod plan;

pub use plan::{Action, Failure, Gate, Plan, Situation, plan};

use controlplane_proto::agent::Instance;

/// The ids of an instance's interfaces with their device indexes, which may have gaps.
pub fn devices(instance: &Instance) -> impl Iterator<Item = (u32, &str)> {
    let ids = instance.network_interface_ids.iter().map(String::as_str);
    (0..).zip(ids).filter(|(_, id)| !id.is_empty())
}
