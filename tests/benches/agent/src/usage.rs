//! What the kernel counts of a process.

use crate::Failure;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::time::Duration;

/// The kernel's clock for CPU time in /proc.
const TICK: Duration = Duration::from_millis(10);

/// Since the process began.
#[derive(Clone, Debug)]
pub(crate) struct Usage {
    /// User and system.
    pub(crate) cpu: Duration,
    /// By thread: how often it went to sleep of its own will, which is how often it woke.
    wakeups: BTreeMap<OsString, u64>,
}

impl Usage {
    pub(crate) fn of(pid: u32) -> Result<Self, Failure> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // Fields 14 and 15, counted behind the name, which may hold spaces.
        let behind = stat.rsplit_once(')').ok_or("no name in stat")?.1;
        let fields: Vec<&str> = behind.split_whitespace().collect();
        let ticks: u32 = fields[11].parse::<u32>()? + fields[12].parse::<u32>()?;
        let mut wakeups = BTreeMap::new();
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            let task = task?;
            // A thread may end while it is looked at.
            let Ok(status) = fs::read_to_string(task.path().join("status")) else { continue };
            wakeups.insert(task.file_name(), field(&status, "voluntary_ctxt_switches:")? as u64);
        }
        Ok(Self { cpu: TICK * ticks, wakeups })
    }

    /// Of the threads that are still there; one that was made for a piece of work took its count along.
    pub(crate) fn wakeups_since(&self, before: &Self) -> u64 {
        let woke = |(thread, count): (&OsString, &u64)| {
            count.saturating_sub(before.wakeups.get(thread).copied().unwrap_or(0))
        };
        self.wakeups.iter().map(woke).sum()
    }
}

/// What a process holds, in KiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Mapped at all, whoever else has it.
    pub(crate) resident: f64,
    /// Its share of what is mapped by several counted in.
    pub(crate) proportional: f64,
    /// Nobody else's, and as it is in a file.
    pub(crate) private_clean: f64,
    /// Nobody else's, and written to.
    pub(crate) private_dirty: f64,
}

impl Memory {
    pub(crate) fn of(pid: u32) -> Result<Self, Failure> {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        Ok(Self {
            resident: field(&rollup, "Rss:")?,
            proportional: field(&rollup, "Pss:")?,
            private_clean: field(&rollup, "Private_Clean:")?,
            private_dirty: field(&rollup, "Private_Dirty:")?,
        })
    }

    /// Nobody else's.
    pub(crate) fn private(&self) -> f64 {
        self.private_clean + self.private_dirty
    }
}

fn field(text: &str, name: &str) -> Result<f64, Failure> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)).ok_or_else(|| format!("no {name}"))?;
    Ok(value.split_whitespace().next().unwrap_or_default().parse()?)
}

/// The process that has `word` on its command line.
pub(crate) fn process_named(word: &str) -> Result<u32, Failure> {
    for entry in fs::read_dir("/proc")?.flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if let Some(pid) = pid.filter(|_| String::from_utf8_lossy(&line).contains(word)) {
            return Ok(pid);
        }
    }
    Err(format!("no process has {word} on its command line").into())
}
