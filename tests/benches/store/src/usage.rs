//! What processes used, as the kernel and their metrics pages count it.

use crate::Failure;
use std::fs;
use std::ops::{Add, Sub};
use std::time::Duration;
use tests_benches_instruments::{Memory, cpu, field, wakeups};

/// Sums over processes, since their start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// User and system.
    pub(crate) cpu: Duration,
    /// Bytes that went towards the disk.
    pub(crate) written: f64,
    /// How often a thread went to sleep of its own will, which is how often one woke.
    pub(crate) wakeups: f64,
    /// Syncs of the log.
    pub(crate) syncs: f64,
    /// Entries of the log.
    pub(crate) entries: f64,
}

impl Usage {
    /// What the kernel says about one process.
    pub(crate) fn of_process(pid: u32) -> Result<Self, Failure> {
        Ok(Self {
            cpu: cpu(pid)?,
            written: field(&fs::read_to_string(format!("/proc/{pid}/io"))?, "write_bytes:")?,
            wakeups: wakeups(pid)?.values().sum::<u64>() as f64,
            ..Self::default()
        })
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            cpu: self.cpu + other.cpu,
            written: self.written + other.written,
            wakeups: self.wakeups + other.wakeups,
            syncs: self.syncs + other.syncs,
            entries: self.entries + other.entries,
        }
    }
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(earlier.cpu),
            written: self.written - earlier.written,
            wakeups: self.wakeups - earlier.wakeups,
            syncs: self.syncs - earlier.syncs,
            entries: self.entries - earlier.entries,
        }
    }
}

/// A metric without labels on a page of them.
pub(crate) fn metric(page: &str, name: &str) -> Option<f64> {
    let mut lines = page.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

/// Memory of a process, its share of shared pages counted in, in MiB.
pub(crate) fn pss_mib(pid: u32) -> Result<f64, Failure> {
    Ok(Memory::of(pid)?.proportional / 1024.0)
}
