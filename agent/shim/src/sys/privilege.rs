//! Giving up privileges: identity, capabilities, the seccomp filter.

use super::{check, check_long};
use std::io;

/// Becomes `uid` and `gid` with no further groups.
pub(crate) fn set_identity(uid: u32, gid: u32) -> io::Result<()> {
    // SAFETY: an empty list needs no pointer, the others take integers only.
    unsafe {
        check(libc::setgroups(0, std::ptr::null()))?;
        check(libc::setresgid(gid, gid, gid))?;
        check(libc::setresuid(uid, uid, uid)).map(drop)
    }
}

/// Whether the kernel knows this capability at all.
pub(crate) fn capability_exists(number: u32) -> bool {
    // SAFETY: this prctl takes integers only.
    unsafe { libc::prctl(libc::PR_CAPBSET_READ, libc::c_ulong::from(number)) >= 0 }
}

/// Removes a capability from what any program started from here on can ever have.
pub(crate) fn forbid_capability(number: u32) -> io::Result<()> {
    // SAFETY: this prctl takes integers only.
    check(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, libc::c_ulong::from(number)) }).map(drop)
}

/// Keeps exactly the capabilities in `mask`, none of them inheritable.
pub(crate) fn keep_capabilities(mask: u64) -> io::Result<()> {
    const VERSION_3: u32 = 0x2008_0522;
    let header: [u32; 2] = [VERSION_3, 0];
    let (low, high) = (mask as u32, (mask >> 32) as u32);
    // Effective, permitted, inheritable; first for the lower half of the capabilities, then for the upper one.
    let data: [u32; 6] = [low, low, 0, high, high, 0];
    // SAFETY: the kernel reads two words of header and, for version 3, two triples of words.
    check_long(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), data.as_ptr()) }).map(drop)
}

/// Nothing started from here on gains privileges by being executed.
pub(crate) fn forbid_new_privileges() -> io::Result<()> {
    let (on, unused): (libc::c_ulong, libc::c_ulong) = (1, 0);
    // SAFETY: this prctl takes integers only.
    check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, on, unused, unused, unused) }).map(drop)
}

/// Hides this process' memory, executable and descriptors from processes inside an instance.
pub(crate) fn forbid_inspection() -> io::Result<()> {
    let off: libc::c_ulong = 0;
    // SAFETY: this prctl takes integers only.
    check(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, off) }).map(drop)
}

/// Puts a system call filter in force for good.
pub(crate) fn filter_system_calls(program: &[libc::sock_filter]) -> io::Result<()> {
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
    let (mode, flags) = (libc::SECCOMP_SET_MODE_FILTER, 0_u32);
    // SAFETY: the kernel copies `len` instructions from the borrowed slice and does not write to it.
    check_long(unsafe { libc::syscall(libc::SYS_seccomp, mode, flags, &raw const program) }).map(drop)
}
