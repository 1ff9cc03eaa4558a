//! What a container takes of its machine: memory and tasks from its control groups, disk by walking what it wrote.
//!
//! Walking is dear and is done only when a machine is running out of something. It is bounded: a container with more files
//! than that is big, and which of two big ones is bigger need not be known.

use crate::backend::Footprint;
use std::fs;
use std::path::{Path, PathBuf};

/// The most entries of one root that are looked at.
const MOST_ENTRIES: usize = 200_000;
/// Bytes of a block in `st_blocks`.
const BLOCK_BYTES: u64 = 512;

/// Where a container's numbers stand.
pub(super) struct Places<'a> {
    pub(super) cgroup_root: &'a Path,
    pub(super) cgroup_parent: &'a str,
    /// What it wrote over its image.
    pub(super) upper: PathBuf,
}

/// Measures the container `id`. What cannot be read counts as nothing: it may be ending.
pub(super) fn footprint(id: &str, places: &Places<'_>) -> Footprint {
    let unified = places.cgroup_root.join("cgroup.controllers").exists();
    let group = |tree: &str| match unified {
        true => places.cgroup_root.join(places.cgroup_parent).join(id),
        false => places.cgroup_root.join(tree).join(places.cgroup_parent).join(id),
    };
    let memory = if unified { "memory.current" } else { "memory.usage_in_bytes" };
    Footprint {
        memory_bytes: number(&group("memory").join(memory)),
        pids: number(&group("pids").join("pids.current")),
        disk_bytes: size(&places.upper),
    }
}

fn number(file: &Path) -> u64 {
    fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// Space below a folder. Symbolic links are not followed, or one could lead anywhere.
fn size(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let (mut bytes, mut left) = (0_u64, MOST_ENTRIES);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries.take(left) {
            left -= 1;
            let Ok(found) = entry.metadata() else { continue };
            bytes = bytes.saturating_add(found.blocks().saturating_mul(BLOCK_BYTES));
            if found.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_files_and_follows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("a/b");
        fs::create_dir_all(&inside).unwrap();
        fs::write(inside.join("file"), vec![1; 64 << 10]).unwrap();
        let own = size(folder.path());
        assert!((64 << 10..256 << 10).contains(&own), "{own}");
        std::os::unix::fs::symlink("/", inside.join("everything")).unwrap();
        assert!(size(folder.path()) <= own + 4096);
        assert_eq!(size(Path::new("/no/such/folder")), 0);
    }

    #[test]
    fn reads_both_kinds_of_control_groups() {
        for (marker, memory, pids) in [
            (None, "memory/hearth/t/i-1/memory.usage_in_bytes", "pids/hearth/t/i-1/pids.current"),
            (Some("cgroup.controllers"), "hearth/t/i-1/memory.current", "hearth/t/i-1/pids.current"),
        ] {
            let root = tempfile::tempdir().unwrap();
            for (file, text) in [(memory, "4096\n"), (pids, "3\n")] {
                let file = root.path().join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
            if let Some(marker) = marker {
                fs::write(root.path().join(marker), "memory pids").unwrap();
            }
            let upper = root.path().join("no-upper");
            let places = Places { cgroup_root: root.path(), cgroup_parent: "hearth/t", upper };
            let expected = Footprint { memory_bytes: 4096, pids: 3, disk_bytes: 0 };
            assert_eq!(footprint("i-1", &places), expected);
            assert_eq!(footprint("i-2", &places), Footprint::default());
        }
    }
}
