//! The container's file tree, made from inside its new mount namespace.
//!
//! First the root is mounted and pivoted to, then everything else is mounted in it. In this order no path that an
//! image controls is ever resolved while the host's files can be reached: a link planted at `/proc` or `/dev` leads
//! nowhere but into the container, and is refused besides. (Runtimes that mount below the new root before they pivot
//! have been fooled by such links again and again.) Masks and read-only binds come last, over file systems that only
//! we have written to.

use crate::config::Config;
use crate::failure::{Doing, Failure};
use crate::sys::mount::{make_device, mount, pivot_to_working_directory};
use libc::{MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_RDONLY, MS_REC, MS_REMOUNT};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// Character devices every program may expect: name, major and minor number.
const DEVICES: [(&str, u32, u32); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

/// Names in `/dev` that lead elsewhere. What is written to the console joins the first process' output.
const LINKS: [(&str, &str); 7] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("console", "/proc/1/fd/1"),
    ("core", "/proc/kcore"),
    ("ptmx", "pts/ptmx"),
];

/// Kernel files that tell about the host or could harm it: hidden.
const MASKED: [&str; 11] = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
];

/// Kernel files that may be read, but would change the host when written.
const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// Mounts the root at `mount_point`, makes it `/` and furnishes it.
pub(crate) fn enter(config: &Config, mount_point: &Path) -> Result<(), Failure> {
    let none = Path::new("none");
    // Else mounts made here would appear on the host.
    mount(none, Path::new("/"), "", MS_REC | MS_PRIVATE, "").doing("make mounts private")?;
    mount_root(config, mount_point)?;
    std::env::set_current_dir(mount_point).doing("enter the root")?;
    pivot_to_working_directory().doing("pivot to the root")?;
    mount_kernel_files()?;
    furnish_devices()?;
    restrict()?;
    ensure_tmp()
}

fn mount_root(config: &Config, mount_point: &Path) -> Result<(), Failure> {
    match (&config.rootfs, &config.lower, &config.upper, &config.work) {
        (Some(folder), ..) => bind_root(folder, mount_point),
        (None, Some(lower), Some(upper), Some(work)) => {
            let options = overlay_options(lower, upper, work)?;
            mount(Path::new("overlay"), mount_point, "overlay", MS_NODEV, &options)
                .doing(format_args!("mount the overlay of {}", lower.display()))
        }
        _ => Err(Failure::new("root: missing")),
    }
}

fn bind_root(folder: &Path, mount_point: &Path) -> Result<(), Failure> {
    let what = format!("mount {}", folder.display());
    mount(folder, mount_point, "", MS_BIND | MS_REC, "").doing(&what)?;
    mount(folder, mount_point, "", MS_BIND | MS_REMOUNT | MS_NODEV, "").doing(what)
}

/// The kernel splits its options at commas and layers at colons.
fn overlay_options(lower: &Path, upper: &Path, work: &Path) -> Result<String, Failure> {
    let text = |path: &Path| match path.to_str() {
        Some(text) if !text.contains([',', ':', '\\']) => Ok(text.to_owned()),
        _ => Err(Failure::new(format!("overlay: {} contains ',', ':' or '\\'", path.display()))),
    };
    Ok(format!("lowerdir={},upperdir={},workdir={}", text(lower)?, text(upper)?, text(work)?))
}

fn mount_kernel_files() -> Result<(), Failure> {
    let hardened = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    mount_at("/proc", "proc", hardened, "")?;
    mount_at("/sys", "sysfs", hardened | MS_RDONLY, "")?;
    mount_at("/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k")
}

/// Mounts a new file system on a folder, made if it is missing.
fn mount_at(target: &str, kind: &str, flags: u64, options: &str) -> Result<(), Failure> {
    let path = Path::new(target);
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(error).doing(format_args!("create {target}"));
        }
        _ => {}
    }
    if !fs::symlink_metadata(path).doing(format_args!("look at {target}"))?.is_dir() {
        return Err(Failure::new(format!("root: {target} is not a folder")));
    }
    mount(Path::new(kind), path, kind, flags, options).doing(format_args!("mount {target}"))
}

fn furnish_devices() -> Result<(), Failure> {
    for (name, major, minor) in DEVICES {
        let path = PathBuf::from("/dev").join(name);
        make_device(&path, 0o666, major, minor).doing(format_args!("make {}", path.display()))?;
    }
    for (name, target) in LINKS {
        symlink(target, Path::new("/dev").join(name)).doing(format_args!("link /dev/{name}"))?;
    }
    let hardened = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    mount_at("/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5")?;
    mount_at("/dev/shm", "tmpfs", hardened, "mode=1777,size=64m")?;
    mount_at("/dev/mqueue", "mqueue", hardened, "")
}

fn restrict() -> Result<(), Failure> {
    MASKED.iter().try_for_each(|path| mask(Path::new(path)))?;
    READ_ONLY.iter().try_for_each(|path| make_read_only(Path::new(path)))
}

/// Hides a file behind `/dev/null` and a folder behind an empty one.
fn mask(path: &Path) -> Result<(), Failure> {
    let what = format!("hide {}", path.display());
    match fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(found) if found.is_dir() => {
            mount(Path::new("none"), path, "tmpfs", MS_RDONLY, "size=0,mode=555").doing(what)
        }
        Ok(_) => mount(Path::new("/dev/null"), path, "", MS_BIND, "").doing(what),
    }
}

fn make_read_only(path: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    let what = format!("make {} read-only", path.display());
    mount(path, path, "", MS_BIND | MS_REC, "").doing(&what)?;
    let flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    mount(path, path, "", flags, "").doing(what)
}

/// Programs expect a `/tmp` that everybody may write to.
fn ensure_tmp() -> Result<(), Failure> {
    let path = Path::new("/tmp");
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error).doing("create /tmp"),
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(0o1777)).doing("open /tmp to all"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_the_kernel_would_split_are_refused() {
        let (upper, work) = (Path::new("/u"), Path::new("/w"));
        let fine = overlay_options(Path::new("/l a"), upper, work);
        assert_eq!(fine, Ok("lowerdir=/l a,upperdir=/u,workdir=/w".to_owned()));
        for bad in ["/a,b", "/a:b", "/a\\b"] {
            assert!(overlay_options(Path::new(bad), upper, work).is_err(), "{bad}");
        }
    }
}
