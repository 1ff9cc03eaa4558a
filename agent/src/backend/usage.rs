//! What is used, as the kernel counts it: one reading. Rates come from two of them ([`crate::session`]), so a machine
//! keeps nothing between questions and nobody counts while nobody asks.

use std::collections::BTreeMap;
use std::time::Duration;

/// One reading of a machine's counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The machine as a whole, instances included.
    pub machine: MachineUsage,
    /// Those that run, by id.
    pub instances: BTreeMap<String, InstanceUsage>,
}

/// Of a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MachineUsage {
    /// Time its processors were busy since it booted, added up.
    pub cpu: Duration,
    /// What the kernel could not give to somebody else.
    pub memory_bytes: u64,
    /// All it has.
    pub memory_total_bytes: u64,
    /// Processes and threads.
    pub tasks: u64,
    /// Of the file system that holds instances.
    pub disk_bytes: u64,
    /// Its size.
    pub disk_total_bytes: u64,
}

/// Of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstanceUsage {
    /// Processor time since it started.
    pub cpu: Duration,
    /// Without what the kernel keeps of files and can drop.
    pub memory_bytes: u64,
    /// Processes and threads.
    pub tasks: u64,
    /// By its interfaces since it started, loopback left out.
    pub received_bytes: u64,
    /// Likewise.
    pub sent_bytes: u64,
}
