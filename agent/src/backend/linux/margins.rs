//! What the machine has left, as the kernel counts it.

use crate::backend::{Margin, Margins};
use std::path::Path;
use std::{fs, io};

/// Measures the machine and the file system of the data folder.
pub(super) fn margins(data_folder: &Path) -> io::Result<Margins> {
    let disk = nix::sys::statvfs::statvfs(data_folder)?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.fragment_size());
    Ok(Margins {
        memory: memory(&fs::read_to_string("/proc/meminfo")?).ok_or(io::ErrorKind::InvalidData)?,
        disk: Margin { available: bytes(disk.blocks_available()), total: bytes(disk.blocks()) },
        inodes: Margin { available: disk.files_available(), total: disk.files() },
        pids: pids()?,
    })
}

fn memory(meminfo: &str) -> Option<Margin> {
    let bytes = |name: &str| {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    };
    Some(Margin { available: bytes("MemAvailable:")?, total: bytes("MemTotal:")? })
}

/// A task needs a number and a place in the kernel's table; the scarcer of the two counts.
fn pids() -> io::Result<Margin> {
    let number =
        |file: &str| fs::read_to_string(file).map(|text| text.trim().parse::<u64>().unwrap_or(u64::MAX));
    let total = number("/proc/sys/kernel/pid_max")?.min(number("/proc/sys/kernel/threads-max")?);
    let tasks = tasks(&fs::read_to_string("/proc/loadavg")?).ok_or(io::ErrorKind::InvalidData)?;
    Ok(Margin { available: total.saturating_sub(tasks), total })
}

/// `0.20 0.18 0.12 1/80 11206`: 80 tasks.
fn tasks(loadavg: &str) -> Option<u64> {
    loadavg.split_ascii_whitespace().nth(3)?.split_once('/')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        let text = "MemTotal:        8039020 kB\nMemFree: 1 kB\nMemAvailable:    1024 kB\n";
        assert_eq!(memory(text), Some(Margin { available: 1 << 20, total: 8_039_020 << 10 }));
        for broken in ["MemTotal: 1 kB\n", "MemTotal: 1 kB\nMemAvailable: many kB\n"] {
            assert_eq!(memory(broken), None, "{broken}");
        }
        assert_eq!(tasks("0.20 0.18 0.12 1/80 11206\n"), Some(80));
        assert_eq!(tasks("0.20 0.18"), None);
    }

    #[test]
    fn this_machine_has_something_left() {
        let margins = margins(Path::new("/")).unwrap();
        for margin in [margins.memory, margins.disk, margins.pids] {
            assert!(margin.available > 0 && margin.available <= margin.total, "{margins:?}");
        }
        assert!(super::margins(Path::new("/no/such/folder")).is_err());
    }
}
