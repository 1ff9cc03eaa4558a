//! What the control plane promises, under real faults: three servers as processes of their own in networks of their own,
//! clients that never stop writing, and after each fault **every acknowledged write** looked for on every server.
//!
//! A test is one fault, on a laboratory ([`lab::Lab`]) of its own: clients begin, the fault happens, clients go on, the
//! fault is taken away, and [`client::Client::check`] holds all servers against what clients were told. Readers run all
//! the while and notice an answer that is older than what was acknowledged before they asked. The simulator
//! (`tests/sim`) tries thousands of interleavings of the same code; this program is there for what it cannot have:
//! sockets, signals, file systems, RocksDB, and a kernel that decides who runs.
//!
//! Times are measured and printed, and asserted only with bounds so wide that a busy machine keeps to them. With
//! `HEARTH_ROBUSTNESS_ROUNDS=200` the faults of `rounds.rs` are repeated so often; a few rounds are the default.
//!
//! Needs root, and fails without it. Nothing is waited for by time alone.
#![allow(clippy::unwrap_used, reason = "a test that stops with the reason is what is wanted")]

mod client;
mod damage;
mod day;
mod disks;
mod kills;
mod lab;
mod life;
mod operating;
mod partitions;
mod pauses;
mod quorum;
mod rolling;
mod rounds;
mod trial;
