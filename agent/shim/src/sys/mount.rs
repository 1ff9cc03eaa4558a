//! Mounts and the root of the file tree.

use super::{c_string, check, check_long, own_long};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

fn c_path(path: &Path) -> io::Result<CString> {
    use std::os::unix::ffi::OsStrExt;
    CString::new(path.as_os_str().as_bytes()).map_err(|_| io::ErrorKind::InvalidInput.into())
}

/// `mount(2)`. `data` are the file system's own options.
pub(crate) fn mount(source: &Path, target: &Path, kind: &str, flags: u64, data: &str) -> io::Result<()> {
    let (source, target, kind, data) = (c_path(source)?, c_path(target)?, c_string(kind)?, c_string(data)?);
    // SAFETY: all four are C strings that outlive the call; the kernel reads `data` as a string for every file
    // system this program mounts.
    let result =
        unsafe { libc::mount(source.as_ptr(), target.as_ptr(), kind.as_ptr(), flags, data.as_ptr().cast()) };
    check(result).map(drop)
}

/// Makes the working directory the root of this mount namespace and lets go of the old root, so that no path leads
/// back to the host.
pub(crate) fn pivot_to_working_directory() -> io::Result<()> {
    let here = c".".as_ptr();
    // SAFETY: both arguments are static C strings. Stacking the old root on the new one needs no folder for it.
    check_long(unsafe { libc::syscall(libc::SYS_pivot_root, here, here) })?;
    // SAFETY: the argument is a static C string.
    check(unsafe { libc::umount2(here, libc::MNT_DETACH) })?;
    std::env::set_current_dir("/")
}

/// A device node.
pub(crate) fn make_device(path: &Path, mode: u32, major: u32, minor: u32) -> io::Result<()> {
    let path = c_path(path)?;
    // SAFETY: `path` is a C string that outlives the call.
    check(unsafe { libc::mknod(path.as_ptr(), libc::S_IFCHR | mode, libc::makedev(major, minor)) }).map(drop)
}

/// True if the mount that a path lies on cannot be written through.
pub(crate) fn is_read_only(path: &Path) -> io::Result<bool> {
    let path = c_path(path)?;
    // SAFETY: statvfs is plain data, for which zero is valid, and both pointers outlive the call.
    unsafe {
        let mut found: libc::statvfs = std::mem::zeroed();
        check(libc::statvfs(path.as_ptr(), &mut found))?;
        Ok(found.f_flag & libc::ST_RDONLY != 0)
    }
}

/// The file at `path` as a read-only mount of its own that no path leads to.
pub(crate) fn read_only_copy(path: &Path) -> io::Result<OwnedFd> {
    const OPEN_TREE_CLONE: libc::c_uint = 1;
    let name = c_path(path)?;
    let flags = OPEN_TREE_CLONE | libc::O_CLOEXEC as libc::c_uint;
    // SAFETY: `name` is a C string that outlives the call.
    let tree = own_long(unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, name.as_ptr(), flags) })?;
    set_read_only(&tree)?;
    Ok(tree)
}

fn set_read_only(tree: impl AsFd) -> io::Result<()> {
    // SAFETY: mount_attr holds integers only, for which zero is valid.
    let mut attributes: libc::mount_attr = unsafe { std::mem::zeroed() };
    attributes.attr_set = libc::MOUNT_ATTR_RDONLY;
    let (fd, empty) = (tree.as_fd().as_raw_fd(), c"".as_ptr());
    let (flags, size) = (libc::AT_EMPTY_PATH, size_of::<libc::mount_attr>());
    // SAFETY: `attributes` has the size passed with it and outlives the call.
    let result =
        unsafe { libc::syscall(libc::SYS_mount_setattr, fd, empty, flags, &raw mut attributes, size) };
    check_long(result).map(drop)
}
