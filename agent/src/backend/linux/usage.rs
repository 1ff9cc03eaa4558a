//! What the machine as a whole uses, from `/proc` and the file system of the data folder.

use crate::backend::MachineUsage;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

/// What `/proc/stat` counts in; the same on every Linux that programs see.
const TICK: Duration = Duration::from_millis(10);
/// The columns of `/proc/stat` in which a processor works for somebody here: user, nice, system, irq, softirq. Guests are
/// counted as user already.
const BUSY: [usize; 5] = [0, 1, 2, 5, 6];

/// One reading.
pub(super) fn machine(data_folder: &Path) -> io::Result<MachineUsage> {
    let (stat, meminfo) = (fs::read_to_string("/proc/stat")?, fs::read_to_string("/proc/meminfo")?);
    let load = fs::read_to_string("/proc/loadavg")?;
    let disk = nix::sys::statvfs::statvfs(data_folder)?;
    let (total, available) = (bytes(&meminfo, "MemTotal:"), bytes(&meminfo, "MemAvailable:"));
    let blocks = |count: u64| count.saturating_mul(disk.fragment_size());
    Ok(MachineUsage {
        cpu: busy(&stat),
        memory_bytes: total.saturating_sub(available),
        memory_total_bytes: total,
        tasks: tasks(&load),
        disk_bytes: blocks(disk.blocks().saturating_sub(disk.blocks_free())),
        disk_total_bytes: blocks(disk.blocks()),
    })
}

fn busy(stat: &str) -> Duration {
    let columns: Vec<u64> = stat
        .lines()
        .find_map(|line| line.strip_prefix("cpu "))
        .map(|line| line.split_ascii_whitespace().filter_map(|text| text.parse().ok()).collect())
        .unwrap_or_default();
    let ticks: u64 = BUSY.iter().filter_map(|index| columns.get(*index)).sum();
    Duration::from_millis(ticks.saturating_mul(TICK.as_millis() as u64))
}

fn bytes(meminfo: &str, name: &str) -> u64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0).saturating_mul(1024)
}

/// `0.00 0.01 0.05 1/345 678`: running and all tasks.
fn tasks(load: &str) -> u64 {
    let counts = load.split_ascii_whitespace().nth(3).and_then(|counts| counts.split_once('/'));
    counts.and_then(|(_, all)| all.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        let stat = "cpu  100 20 30 4000 500 6 7 8 50 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(busy(stat), Duration::from_millis(1630));
        assert_eq!(busy("intr 1\n"), Duration::ZERO);
        let meminfo = "MemTotal:        8039020 kB\nMemFree: 1 kB\nMemAvailable:    4000000 kB\n";
        assert_eq!((bytes(meminfo, "MemTotal:"), bytes(meminfo, "Nothing:")), (8_039_020 << 10, 0));
        assert_eq!((tasks("0.00 0.01 0.05 1/345 678\n"), tasks("strange")), (345, 0));
    }

    #[test]
    fn this_machine_is_used() {
        let usage = machine(Path::new("/")).unwrap();
        assert!(usage.cpu > Duration::ZERO && usage.tasks > 0 && usage.disk_bytes > 0, "{usage:?}");
        assert!(usage.memory_bytes > 0 && usage.memory_bytes < usage.memory_total_bytes, "{usage:?}");
        machine(Path::new("/no/such/folder")).unwrap_err();
    }
}
