//! Processes, and what the kernel counts of them.

use crate::Failure;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

/// The kernel's clock for CPU time in /proc.
const TICK: Duration = Duration::from_millis(10);

/// A process that ends when this is dropped.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    /// Starts it.
    pub fn start(command: &mut Command) -> Result<Self, Failure> {
        Ok(Self(command.spawn()?))
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Fails once it has ended by itself.
    pub fn runs(&mut self) -> Result<(), Failure> {
        match self.0.try_wait()? {
            None => Ok(()),
            Some(status) => Err(format!("a server ended: {status}").into()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// User and system time since the process began.
pub fn cpu(pid: u32) -> Result<Duration, Failure> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // Fields 14 and 15, counted behind the name, which may hold spaces.
    let behind = stat.rsplit_once(')').ok_or("no name in stat")?.1;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let ticks: u32 = fields[11].parse::<u32>()? + fields[12].parse::<u32>()?;
    Ok(TICK * ticks)
}

/// By thread: how often it went to sleep of its own will, which is how often it woke.
pub fn wakeups(pid: u32) -> Result<BTreeMap<OsString, u64>, Failure> {
    let mut wakeups = BTreeMap::new();
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let task = task?;
        // A thread may end while it is looked at.
        let Ok(status) = fs::read_to_string(task.path().join("status")) else { continue };
        wakeups.insert(task.file_name(), field(&status, "voluntary_ctxt_switches:")? as u64);
    }
    Ok(wakeups)
}

/// What a process holds, in KiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Mapped at all, whoever else has it.
    pub resident: f64,
    /// Its share of what is mapped by several counted in.
    pub proportional: f64,
    /// Nobody else's, and as it is in a file.
    pub private_clean: f64,
    /// Nobody else's, and written to.
    pub private_dirty: f64,
}

impl Memory {
    /// Of this process now.
    pub fn of(pid: u32) -> Result<Self, Failure> {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        Ok(Self {
            resident: field(&rollup, "Rss:")?,
            proportional: field(&rollup, "Pss:")?,
            private_clean: field(&rollup, "Private_Clean:")?,
            private_dirty: field(&rollup, "Private_Dirty:")?,
        })
    }

    /// Nobody else's.
    pub fn private(&self) -> f64 {
        self.private_clean + self.private_dirty
    }
}

/// The number behind `name` in one of the kernel's pages.
pub fn field(text: &str, name: &str) -> Result<f64, Failure> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)).ok_or_else(|| format!("no {name}"))?;
    Ok(value.split_whitespace().next().unwrap_or_default().parse()?)
}

/// A program built beside this one.
pub fn program(name: &str) -> Result<PathBuf, Failure> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.is_file() { Ok(path) } else { Err(format!("{} is missing", path.display()).into()) }
}
