//! Images that need no archive: made from the host's static busybox.
//!
//! `builtin:web` is a root file system with busybox' programs and an init that runs the user data once, then serves
//! the instance's id on port 80. It needs no internet and no registry, so the first thing a newcomer starts works.

use super::confined::{Confined, Ownership};
use crate::backend::BackendError;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What image sources of this kind start with.
pub const PREFIX: &str = "builtin:";
/// The first process of `builtin:web`.
pub const INIT: &str = "/sbin/hearth-init";

/// Where an instance of a built-in image finds what it is.
pub const INSTANCE_ID: &str = "/var/lib/hearth/instance-id";
/// Where it finds its user data.
pub const USER_DATA: &str = "/var/lib/hearth/user-data";

const INIT_SCRIPT: &str = include_str!("hearth-init.sh");
const FILES: [(&str, &str); 5] = [
    ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
    ("/etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"),
    ("/etc/nsswitch.conf", "hosts: files dns\n"),
    ("/etc/os-release", "ID=hearth-web\nNAME=\"Hearth web\"\n"),
    ("/etc/profile", "export PATH=/usr/sbin:/usr/bin:/sbin:/bin PS1='\\u@\\h:\\w\\$ '\n"),
];
const FOLDERS: [(&str, u32); 13] = [
    ("/bin", 0o755),
    ("/sbin", 0o755),
    ("/usr/bin", 0o755),
    ("/usr/sbin", 0o755),
    ("/etc", 0o755),
    ("/root", 0o700),
    ("/proc", 0o555),
    ("/sys", 0o555),
    ("/dev", 0o755),
    ("/run", 0o755),
    ("/tmp", 0o1777),
    ("/var/www", 0o755),
    ("/var/lib/hearth", 0o755),
];

/// Makes the root file system of `source` in the empty folder `root`.
pub(super) fn build(source: &str, root: &Path, busybox: &Path) -> Result<(), BackendError> {
    if source != "builtin:web" {
        return Err(BackendError::Permanent(format!(
            "image source {source:?}: no such built-in image (there is builtin:web)"
        )));
    }
    check_busybox(busybox)?;
    fill(root, busybox).map_err(|error| BackendError::Retry(format!("{source}: cannot be made: {error}")))
}

fn fill(root: &Path, busybox: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{PermissionsExt, symlink};
    for (folder, mode) in FOLDERS {
        let path = root.join(&folder[1..]);
        fs::create_dir_all(&path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    }
    let tree = Confined::open(root)?;
    tree.write("/bin/busybox", &fs::read(busybox)?, Ownership::root(0o755))?;
    tree.write(INIT, INIT_SCRIPT.as_bytes(), Ownership::root(0o755))?;
    for (path, text) in FILES {
        tree.write(path, text.as_bytes(), Ownership::root(0o644))?;
    }
    for applet in applets(busybox)? {
        symlink("busybox", root.join("bin").join(applet))?;
    }
    tree.sync()
}

/// The names busybox answers to, itself not among them.
fn applets(busybox: &Path) -> std::io::Result<Vec<String>> {
    let listed = Command::new(busybox).arg("--list").output()?;
    let names = String::from_utf8_lossy(&listed.stdout);
    let legal = |name: &&str| !name.is_empty() && !name.contains('/') && *name != "busybox";
    Ok(names.lines().filter(legal).map(str::to_owned).collect())
}

/// A busybox that needs shared libraries would start on the host and fail in every instance.
fn check_busybox(path: &Path) -> Result<(), BackendError> {
    let advice = "install the package busybox-static";
    let Ok(bytes) = fs::read(path) else {
        return Err(BackendError::Retry(format!("{}: not there; {advice}", path.display())));
    };
    match needs_loader(&bytes) {
        Some(false) => Ok(()),
        Some(true) => Err(BackendError::Retry(format!("{}: not static; {advice}", path.display()))),
        None => Err(BackendError::Retry(format!("{}: not an ELF program; {advice}", path.display()))),
    }
}

/// Whether an ELF program (64 bit, little-endian) names a loader.
fn needs_loader(program: &[u8]) -> Option<bool> {
    const PT_INTERP: u32 = 3;
    if program.get(..6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let table = u64::from_le_bytes(program.get(32..40)?.try_into().ok()?);
    let size = u16::from_le_bytes(program.get(54..56)?.try_into().ok()?);
    let count = u16::from_le_bytes(program.get(56..58)?.try_into().ok()?);
    for index in 0..usize::from(count) {
        let start = usize::try_from(table).ok()?.checked_add(index * usize::from(size))?;
        let kind = program.get(start..start.checked_add(4)?)?;
        if u32::from_le_bytes(kind.try_into().ok()?) == PT_INTERP {
            return Some(true);
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_need_a_loader_are_told_apart() {
        assert_eq!(needs_loader(&fs::read("/bin/busybox").unwrap()), Some(false), "busybox-static is needed");
        assert_eq!(needs_loader(&fs::read("/proc/self/exe").unwrap()), Some(true));
        for noise in [&b""[..], b"#!/bin/sh", b"\x7fELF\x02\x01", &[0xff; 100]] {
            assert_eq!(needs_loader(noise), None);
        }
    }

    #[test]
    fn a_missing_busybox_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = build("builtin:web", folder.path(), Path::new("/nowhere/busybox")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/busybox: not there; install"), "{error}");
    }
}
