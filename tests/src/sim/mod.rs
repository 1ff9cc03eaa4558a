//! A whole region in one thread: servers, agents on simulated machines, a DNS server, clients. No sockets, no real
//! time, everything decided by one seed.
//!
//! What is real here: every line between the AWS door and the agents' reconcilers, Raft and the log included. What is
//! not: the network ([`controlplane_raft::SimNetwork`] between servers, [`line`] between server and agent), the disks
//! (in memory, lose what was not synced at a power cut) and the machines ([`agent::backend::sim`]).
//!
//! What readers get wrong: virtual time passes only when nothing can run. "Within ten minutes" in a test costs as much
//! as the events in those ten minutes cost, and a test that waits for a condition looks at it in virtual time, too.

pub mod chaos;
pub mod client;
pub mod door;
pub mod history;
pub mod invariant;
pub mod line;
pub mod machine;
pub mod manifests;
pub mod name_server;
pub mod nemesis;
pub mod region;
pub mod register;
pub mod request;
mod seeds;
pub mod server;
pub mod truth;
pub mod witness;
pub mod workload;

pub use seeds::{run, run_each, run_many};
