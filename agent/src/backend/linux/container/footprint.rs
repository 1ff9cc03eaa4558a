//! What a container takes of its machine's disk, by walking what it wrote.
//!
//! Walking is dear and is done only when a machine is running out of something. It is bounded: a container with more files
//! than that is big, and which of two big ones is bigger need not be known.

use std::fs;
use std::path::Path;

/// The most entries of one root that are looked at.
const MOST_ENTRIES: usize = 200_000;
/// Bytes of a block in `st_blocks`.
const BLOCK_BYTES: u64 = 512;

/// Bytes of disk below a folder. What cannot be read counts as nothing: it may be going. Symbolic links are not followed, or one could lead anywhere.
pub(super) fn size(folder: &Path) -> u64 {
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
}
