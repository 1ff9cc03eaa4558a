//! What the machine has: processors, memory, and the space the data folder's file system can still give. How much of it
//! is promised to instances is the operator's word ([`crate::offer`]).

use crate::backend::proto::Capacity;
use std::fs;
use std::path::Path;

/// Measures the machine. What cannot be read counts as nothing: too little is safe, too much is not.
pub(super) fn capacity(data_folder: &Path) -> Capacity {
    let vcpus =
        std::thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(1));
    let total = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_mib(&text)).unwrap_or(0);
    Capacity { vcpus, memory_mib: total, disk_mib: free_mib(data_folder), allocatable: None }
}

fn total_mib(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

fn free_mib(folder: &Path) -> u64 {
    nix::sys::statvfs::statvfs(folder).map_or(0, |file_system| {
        file_system.blocks_available().saturating_mul(file_system.fragment_size()) >> 20
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        let cases = [
            ("MemTotal:        8039020 kB\nMemFree: 1 kB\n", Some(7850)),
            ("MemFree: 1 kB\n", None),
            ("MemTotal: many kB\n", None),
        ];
        for (text, expected) in cases {
            assert_eq!(total_mib(text), expected, "{text}");
        }
    }

    #[test]
    fn this_machine_has_something() {
        let capacity = capacity(Path::new("/"));
        assert!(capacity.vcpus > 0 && capacity.memory_mib > 0 && capacity.disk_mib > 0, "{capacity:?}");
        assert_eq!(super::capacity(Path::new("/no/such/folder")).disk_mib, 0);
    }
}
