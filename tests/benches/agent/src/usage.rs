//! What the kernel counts of a process.

use crate::Failure;
use std::fs;
use std::time::Duration;

/// The kernel's clock for CPU time in /proc.
const TICK: Duration = Duration::from_millis(10);

/// Since the process began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// User and system.
    pub(crate) cpu: Duration,
    /// How often a thread went to sleep of its own will, which is how often one woke.
    pub(crate) wakeups: u64,
}

impl Usage {
    pub(crate) fn of(pid: u32) -> Result<Self, Failure> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // Fields 14 and 15, counted behind the name, which may hold spaces.
        let behind = stat.rsplit_once(')').ok_or("no name in stat")?.1;
        let fields: Vec<&str> = behind.split_whitespace().collect();
        let ticks: u32 = fields[11].parse::<u32>()? + fields[12].parse::<u32>()?;
        let mut wakeups = 0;
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            // A thread may end while it is looked at.
            let Ok(status) = fs::read_to_string(task?.path().join("status")) else { continue };
            wakeups += field(&status, "voluntary_ctxt_switches:")? as u64;
        }
        Ok(Self { cpu: TICK * ticks, wakeups })
    }
}

fn field(text: &str, name: &str) -> Result<f64, Failure> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)).ok_or_else(|| format!("no {name}"))?;
    Ok(value.split_whitespace().next().unwrap_or_default().parse()?)
}

fn memory(pid: u32, names: &[&str]) -> Result<f64, Failure> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    names.iter().map(|name| field(&rollup, name)).sum()
}

/// KiB that nobody shares.
pub(crate) fn private_kib(pid: u32) -> Result<f64, Failure> {
    memory(pid, &["Private_Clean:", "Private_Dirty:"])
}

/// KiB, its share of shared pages counted in.
pub(crate) fn proportional_kib(pid: u32) -> Result<f64, Failure> {
    memory(pid, &["Pss:"])
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
