//! The kernel alone: the namespaces of a container, a new root, one program.

use crate::Failure;
use nix::sched::{CloneFlags, unshare};
use std::os::unix::fs::chroot;
use std::path::Path;
use std::process::{Command, exit};

/// Runs `/bin/true` below `root` and exits as it did. The namespaces are those of a container of Hearth, and of runc.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    unshare(
        CloneFlags::CLONE_NEWNS
            | CloneFlags::CLONE_NEWPID
            | CloneFlags::CLONE_NEWNET
            | CloneFlags::CLONE_NEWIPC
            | CloneFlags::CLONE_NEWUTS
            | CloneFlags::CLONE_NEWCGROUP,
    )?;
    chroot(root)?;
    std::env::set_current_dir("/")?;
    exit(Command::new("/bin/true").status()?.code().unwrap_or(1))
}
