//! Leaving no trace.

use crate::backend::BackendError;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The control groups of all containers of one agent: `<tree>/<parent>` in every tree there is.
pub(super) fn groups(cgroup_root: &Path, parent: &str) -> Vec<PathBuf> {
    let trees = fs::read_dir(cgroup_root).into_iter().flatten().flatten().map(|entry| entry.path());
    std::iter::once(cgroup_root.to_owned())
        .chain(trees)
        .map(|tree| tree.join(parent))
        .filter(|it| it.is_dir())
        .collect()
}

/// Removes a group with all groups below, killing what is in them; then those of its parents within `root` that nobody
/// else uses.
pub(super) async fn remove_group(group: &Path, parent: &str) -> Result<(), BackendError> {
    const ATTEMPTS: usize = 500;
    for _ in 0..ATTEMPTS {
        match remove_tree(group) {
            Ok(()) => {
                remove_empty_parents(group, parent);
                return Ok(());
            }
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Err(error) => return Err(BackendError::Retry(format!("{}: {error}", group.display()))),
        }
    }
    Err(BackendError::Retry(format!("{}: processes in it do not die", group.display())))
}

fn remove_tree(group: &Path) -> io::Result<()> {
    for entry in fs::read_dir(group)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    let members = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    for pid in members.lines().filter_map(|pid| pid.parse().ok()) {
        // One that has ended meanwhile is what we want.
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
    fs::remove_dir(group)
}

fn remove_empty_parents(group: &Path, parent: &str) {
    let depth = parent.split('/').count() - 1;
    for folder in group.ancestors().skip(1).take(depth) {
        // Another agent's groups may be there.
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}
