//! What processes used, as the kernel and their metrics pages count it.

use crate::Failure;
use std::fs;
use std::ops::{Add, Sub};
use std::time::Duration;

/// The kernel's clock for CPU time in /proc.
const TICK: Duration = Duration::from_millis(10);

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
            cpu: cpu(&fs::read_to_string(format!("/proc/{pid}/stat"))?)?,
            written: field(&fs::read_to_string(format!("/proc/{pid}/io"))?, "write_bytes:")?,
            wakeups: wakeups(pid)?,
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

/// User and system time: fields 14 and 15, counted behind the name, which may hold spaces.
fn cpu(stat: &str) -> Result<Duration, Failure> {
    let (_, behind) = stat.rsplit_once(')').ok_or("no name in stat")?;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let ticks: u32 = fields[11].parse::<u32>()? + fields[12].parse::<u32>()?;
    Ok(TICK * ticks)
}

fn wakeups(pid: u32) -> Result<f64, Failure> {
    let mut sum = 0.0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end while it is looked at.
        let Ok(status) = fs::read_to_string(task?.path().join("status")) else { continue };
        sum += field(&status, "voluntary_ctxt_switches:")?;
    }
    Ok(sum)
}

fn field(text: &str, name: &str) -> Result<f64, Failure> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)).ok_or_else(|| format!("no {name}"))?;
    Ok(value.split_whitespace().next().unwrap_or_default().parse()?)
}

/// Memory of a process, its share of shared pages counted in, in MiB.
pub(crate) fn pss_mib(pid: u32) -> Result<f64, Failure> {
    Ok(field(&fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?, "Pss:")? / 1024.0)
}

/// A metric without labels on a page of them.
pub(crate) fn metric(page: &str, name: &str) -> Option<f64> {
    let mut lines = page.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}
