//! What the kernel counts of a process.

use crate::Failure;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::time::Duration;
use tests_benches_instruments::{cpu, wakeups};

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
        Ok(Self { cpu: cpu(pid)?, wakeups: wakeups(pid)? })
    }

    /// Of the threads that are still there; one that was made for a piece of work took its count along.
    pub(crate) fn wakeups_since(&self, before: &Self) -> u64 {
        let woke = |(thread, count): (&OsString, &u64)| {
            count.saturating_sub(before.wakeups.get(thread).copied().unwrap_or(0))
        };
        self.wakeups.iter().map(woke).sum()
    }
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
