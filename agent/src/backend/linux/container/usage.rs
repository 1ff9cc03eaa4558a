//! What a container uses, from its control groups and its network namespace.
//!
//! Version 1 has a tree per controller, version 2 one for all; which of them this machine has is seen as the shim sees it.
//! Traffic is read through the first process: `/proc/<pid>/net/dev` is the table of that process's namespace, so
//! nobody has to enter it.

use super::state::StateFolder;
use crate::backend::InstanceUsage;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

/// Where the control groups of one agent's containers are.
pub(super) struct Groups<'a> {
    pub(super) root: &'a Path,
    pub(super) parent: &'a str,
}

impl Groups<'_> {
    /// One reading; `None` when the container does not run (any more).
    pub(super) fn usage(&self, id: &str, state: &StateFolder) -> io::Result<Option<InstanceUsage>> {
        let Some(pid) = state.living_process()? else { return Ok(None) };
        let counted =
            if self.root.join("cgroup.controllers").exists() { self.unified(id) } else { self.trees(id) };
        let read = counted.and_then(|usage| {
            let (received_bytes, sent_bytes) = traffic(&fs::read_to_string(format!("/proc/{pid}/net/dev"))?);
            Ok(InstanceUsage { received_bytes, sent_bytes, ..usage })
        });
        match read {
            Err(error) if is_gone(&error) => Ok(None),
            other => other.map(Some),
        }
    }

    fn group(&self, tree: &str, id: &str) -> PathBuf {
        self.root.join(tree).join(self.parent).join(id)
    }

    fn unified(&self, id: &str) -> io::Result<InstanceUsage> {
        let read = |file: &str| fs::read_to_string(self.group("", id).join(file));
        let memory = number(&read("memory.current")?);
        Ok(InstanceUsage {
            cpu: Duration::from_micros(line(&read("cpu.stat")?, "usage_usec")),
            memory_bytes: memory.saturating_sub(line(&read("memory.stat")?, "inactive_file")),
            tasks: number(&read("pids.current")?),
            ..InstanceUsage::default()
        })
    }

    fn trees(&self, id: &str) -> io::Result<InstanceUsage> {
        let read = |tree: &str, file: &str| fs::read_to_string(self.group(tree, id).join(file));
        let memory = number(&read("memory", "memory.usage_in_bytes")?);
        // Where limits and accounting are one tree, both names lead to it.
        let cpu = read("cpuacct", "cpuacct.usage").or_else(|_| read("cpu", "cpuacct.usage"))?;
        Ok(InstanceUsage {
            cpu: Duration::from_nanos(number(&cpu)),
            memory_bytes: memory.saturating_sub(line(&read("memory", "memory.stat")?, "total_inactive_file")),
            tasks: number(&read("pids", "pids.current")?),
            ..InstanceUsage::default()
        })
    }
}

/// The group or the process ended while it was read.
fn is_gone(error: &io::Error) -> bool {
    const NO_SUCH_DEVICE: i32 = nix::libc::ENODEV;
    const NO_SUCH_PROCESS: i32 = nix::libc::ESRCH;
    error.kind() == io::ErrorKind::NotFound
        || matches!(error.raw_os_error(), Some(NO_SUCH_DEVICE | NO_SUCH_PROCESS))
}

fn number(text: &str) -> u64 {
    text.trim().parse().unwrap_or(0)
}

/// The value of a line `name value`.
fn line(text: &str, name: &str) -> u64 {
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.map_or(0, number)
}

/// Bytes received and sent by all interfaces but loopback.
fn traffic(table: &str) -> (u64, u64) {
    const SENT: usize = 8;
    let rows = table.lines().filter_map(|line| line.split_once(':')).filter(|(name, _)| name.trim() != "lo");
    rows.fold((0, 0), |(received, sent), (_, counters)| {
        let counters: Vec<u64> =
            counters.split_ascii_whitespace().filter_map(|text| text.parse().ok()).collect();
        let at = |index: usize| counters.get(index).copied().unwrap_or(0);
        (received + at(0), sent + at(SENT))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        let table = "Inter-|   Receive                                                |  Transmit\n \
            face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n    \
            lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0\n  \
            eth0:    2000      20    0    0    0     0          0         0      300       3    0    0    0     0       0          0\n  \
            eth1: 1 1 0 0 0 0 0 0 2 1 0 0 0 0 0 0\n";
        assert_eq!(traffic(table), (2001, 302));
        assert_eq!(traffic("strange"), (0, 0));
        let stat = "inactive_file 4096\ntotal_inactive_file 8192\n";
        assert_eq!((line(stat, "inactive_file"), line(stat, "total_inactive_file")), (4096, 8192));
        assert_eq!(line(stat, "active_file"), 0);
    }

    #[test]
    fn version_2_has_everything_in_one_group() {
        let folder = tempfile::tempdir().unwrap();
        let group = folder.path().join("hearth/a/i-1");
        fs::create_dir_all(&group).unwrap();
        for (file, text) in [
            ("cpu.stat", "usage_usec 1500\nuser_usec 1000\n"),
            ("memory.current", "10000\n"),
            ("memory.stat", "anon 5\ninactive_file 4000\n"),
            ("pids.current", "3\n"),
        ] {
            fs::write(group.join(file), text).unwrap();
        }
        let groups = Groups { root: folder.path(), parent: "hearth/a" };
        let expected = InstanceUsage {
            cpu: Duration::from_micros(1500),
            memory_bytes: 6000,
            tasks: 3,
            ..InstanceUsage::default()
        };
        assert_eq!(groups.unified("i-1").unwrap(), expected);
        assert!(is_gone(&groups.unified("i-2").unwrap_err()));
    }
}
