//! Network namespaces: made, kept alive by a bind-mounted file, entered, removed.
//!
//! A namespace belongs to a thread, not to a process. Everything here that enters one does it on a thread of its
//! own that ends afterwards: a tokio worker left in a VPC's namespace would serve its next task from there.

use super::error::{NetworkError, Result};
use nix::mount::{MntFlags, MsFlags};
use nix::sched::CloneFlags;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const OWN_NAMESPACE: &str = "/proc/thread-self/ns/net";

/// An open network namespace; lives at least as long as this value.
#[derive(Debug)]
pub struct NetNs(File);

impl NetNs {
    /// The calling thread's.
    pub fn current() -> Result<Self> {
        File::open(OWN_NAMESPACE).map(Self).map_err(NetworkError::system("open the own network namespace"))
    }

    /// The one bind-mounted at `path`; `None` if there is no such file or it is a plain one (left by a crash
    /// between creating the file and mounting on it, or by a reboot).
    pub fn open(path: &Path) -> Result<Option<Self>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(NetworkError::system(format!("open {}", path.display())))?,
        };
        let kind = nix::sys::statfs::fstatfs(&file)
            .map_err(io::Error::from)
            .map_err(NetworkError::system(format!("statfs {}", path.display())))?;
        Ok((kind.filesystem_type() == nix::sys::statfs::NSFS_MAGIC).then_some(Self(file)))
    }

    /// Another handle to the same namespace.
    pub(super) fn duplicate(&self) -> Result<Self> {
        self.0.try_clone().map(Self).map_err(NetworkError::system("duplicate a network namespace"))
    }

    /// Device and inode: equal for two files exactly if they are the same namespace.
    pub fn identity(&self) -> Result<(u64, u64)> {
        let metadata = self.0.metadata().map_err(NetworkError::system("stat a network namespace"))?;
        Ok((metadata.dev(), metadata.ino()))
    }

    /// Moves the calling thread there. Only for threads made for this.
    pub(super) fn enter(&self) -> Result<()> {
        nix::sched::setns(&self.0, CloneFlags::CLONE_NEWNET)
            .map_err(io::Error::from)
            .map_err(NetworkError::system("enter a network namespace"))
    }

    /// Runs `work` inside, on a thread of its own.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T> {
        on_own_thread(|| self.enter().map(|()| work()))?
    }
}

impl AsRawFd for NetNs {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// Makes an empty namespace and keeps it at `path`. One that is already there stays.
pub fn create(path: &Path) -> Result<()> {
    if NetNs::open(path)?.is_some() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(NetworkError::system(format!("create {}", folder.display())))?;
    }
    File::create(path).map_err(NetworkError::system(format!("create {}", path.display())))?;
    on_own_thread(|| unshare_onto(path))?
        .map_err(io::Error::from)
        .map_err(NetworkError::system(format!("make a network namespace at {}", path.display())))
}

/// Removes the file; the namespace ends when the last process and socket in it does. Absent is done.
pub fn remove(path: &Path) -> Result<()> {
    if NetNs::open(path)?.is_some() {
        nix::mount::umount2(path, MntFlags::MNT_DETACH)
            .map_err(io::Error::from)
            .map_err(NetworkError::system(format!("unmount {}", path.display())))?;
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(NetworkError::system(format!("remove {}", path.display()))),
    }
}

fn unshare_onto(path: &Path) -> nix::Result<()> {
    nix::sched::unshare(CloneFlags::CLONE_NEWNET)?;
    nix::mount::mount(Some(OWN_NAMESPACE), path, None::<&str>, MsFlags::MS_BIND, None::<&str>)
}

fn on_own_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T> {
    std::thread::scope(|scope| scope.spawn(work).join())
        .map_err(|_| NetworkError::system("run a network thread")(io::Error::other("it panicked")))
}
