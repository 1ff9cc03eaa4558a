//! Processes: making them in namespaces, watching them by descriptor, becoming another program.

use super::{c_string, check, check_long, own_long};
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Which of the two processes a call to [`clone`] returned in.
pub(crate) enum Clone {
    /// The new one.
    Child,
    /// The old one: the child's id, and a descriptor that means this process and never another.
    Parent(i32, OwnedFd),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It returned this code.
    Exited(i32),
    /// This signal ended it.
    Signaled(i32),
    /// It is gone and nobody could tell how.
    Unknown,
}

impl Ending {
    /// From the form `waitpid` reports: a signal in the lower seven bits, else the code in the next byte.
    pub(crate) fn from_wait_status(status: i32) -> Self {
        match status & 0x7f {
            0 => Self::Exited((status >> 8) & 0xff),
            signal => Self::Signaled(signal),
        }
    }
}

/// A copy of this process in new namespaces (`CLONE_NEW*` in `flags`).
pub(crate) fn clone(flags: i32) -> io::Result<Clone> {
    let mut pidfd: RawFd = -1;
    // SAFETY: all fields of clone_args are integers, for which zero is valid.
    let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
    arguments.flags = (flags | libc::CLONE_PIDFD) as u32 as u64;
    arguments.pidfd = &raw mut pidfd as u64;
    arguments.exit_signal = libc::SIGCHLD as u64;
    let size = size_of::<libc::clone_args>();
    // SAFETY: without CLONE_VM this is a fork; the program has one thread, so the child finds no lock held by a
    // thread that does not exist in it. `arguments` and `pidfd` outlive the call.
    let pid = check_long(unsafe { libc::syscall(libc::SYS_clone3, &raw mut arguments, size) })?;
    if pid == 0 {
        return Ok(Clone::Child);
    }
    // SAFETY: the kernel stored a descriptor made for this call.
    Ok(Clone::Parent(pid as i32, unsafe { OwnedFd::from_raw_fd(pidfd) }))
}

/// A descriptor for a process that may be anyone's.
pub(crate) fn open_process(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open takes no pointers.
    own_long(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0_u32) })
}

/// Sends a signal; a process that has ended already is not an error.
pub(crate) fn send_signal(process: impl AsFd, signal: i32) -> io::Result<()> {
    let fd = process.as_fd().as_raw_fd();
    // SAFETY: the null pointer asks the kernel to fill in the usual signal information.
    let result =
        unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signal, std::ptr::null::<u8>(), 0_u32) };
    match check_long(result) {
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
        other => other.map(drop),
    }
}

/// Waits for a child and reaps it.
pub(crate) fn wait(child: impl AsFd) -> io::Result<Ending> {
    // SAFETY: all fields of siginfo_t are plain data, for which zero is valid.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let id = child.as_fd().as_raw_fd() as libc::id_t;
    loop {
        // SAFETY: `info` is exclusively borrowed and outlives the call.
        match check(unsafe { libc::waitid(libc::P_PIDFD, id, &mut info, libc::WEXITED) }) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => break,
        }
    }
    // SAFETY: waitid has filled `info` for a SIGCHLD, where si_status is the valid field.
    let status = unsafe { info.si_status() };
    Ok(if info.si_code == libc::CLD_EXITED { Ending::Exited(status) } else { Ending::Signaled(status) })
}

/// The kernel's answer to PIDFD_GET_INFO, first published size.
#[repr(C)]
#[derive(Default)]
struct ProcessInfo {
    mask: u64,
    cgroup: u64,
    ids: [u32; 3],
    credentials: [u32; 8],
    exit_code: i32,
}

/// How a process ended that was not our child, once its parent has reaped it. Kernels before 6.15 do not tell.
pub(crate) fn ending_of_reaped(process: impl AsFd) -> Ending {
    const PIDFD_GET_INFO: libc::c_ulong = 0xC040_FF0B;
    const WITH_EXIT: u64 = 1 << 3;
    const _: () = assert!(size_of::<ProcessInfo>() == 64);
    let mut info = ProcessInfo { mask: WITH_EXIT, ..Default::default() };
    // SAFETY: the request number carries the size of the structure, which is exclusively borrowed.
    let result = unsafe { libc::ioctl(process.as_fd().as_raw_fd(), PIDFD_GET_INFO, &raw mut info) };
    if result < 0 || info.mask & WITH_EXIT == 0 {
        return Ending::Unknown;
    }
    Ending::from_wait_status(info.exit_code)
}

/// Moves this process (for `CLONE_NEWPID`: its future children) into namespaces: of a process if `fd` is a pidfd, or
/// the one namespace that `fd` is.
pub(crate) fn enter(fd: impl AsFd, namespaces: i32) -> io::Result<()> {
    // SAFETY: setns takes no pointers.
    check(unsafe { libc::setns(fd.as_fd().as_raw_fd(), namespaces) }).map(drop)
}

/// Gives this process new namespaces of these kinds.
pub(crate) fn unshare(namespaces: i32) -> io::Result<()> {
    // SAFETY: unshare takes no pointers.
    check(unsafe { libc::unshare(namespaces) }).map(drop)
}

/// Starts a session without a terminal.
pub(crate) fn new_session() -> io::Result<()> {
    // SAFETY: setsid takes no arguments.
    check(unsafe { libc::setsid() }).map(drop)
}

/// Sets the host name of this UTS namespace.
pub(crate) fn set_host_name(name: &str) -> io::Result<()> {
    // SAFETY: the pointer and length describe one borrowed string.
    check(unsafe { libc::sethostname(name.as_ptr().cast(), name.len()) }).map(drop)
}

/// Sets the file mode creation mask.
pub(crate) fn set_umask(mask: u32) {
    // SAFETY: umask takes no pointers and cannot fail.
    unsafe { libc::umask(mask) };
}

/// Is killed when the process that made this one ends.
pub(crate) fn die_with_parent() -> io::Result<()> {
    // SAFETY: this prctl takes integers only.
    check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) }).map(drop)
}

/// Ends this process at once, without running anything registered for exit: after a clone that belongs to the parent.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: _exit takes no pointers and does not return.
    unsafe { libc::_exit(code) }
}

/// Pointers to C strings with the null the kernel expects at the end. `strings` must outlive the result.
fn pointers(strings: &[std::ffi::CString]) -> Vec<*const libc::c_char> {
    strings.iter().map(|text| text.as_ptr()).chain(std::iter::once(std::ptr::null())).collect()
}

fn c_strings(texts: &[String]) -> io::Result<Vec<std::ffi::CString>> {
    texts.iter().map(|text| c_string(text)).collect()
}

/// Becomes the program at `path`; returns only when that failed.
pub(crate) fn execute(path: &str, arguments: &[String], environment: &[String]) -> io::Error {
    let prepared = || Ok((c_string(path)?, c_strings(arguments)?, c_strings(environment)?));
    let (path, arguments, environment) = match prepared() {
        Ok(strings) => strings,
        Err(error) => return error,
    };
    let (argv, envp) = (pointers(&arguments), pointers(&environment));
    // SAFETY: all three are null-terminated and outlive the call.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), envp.as_ptr()) };
    io::Error::last_os_error()
}

/// Becomes the program behind an open file; returns only when that failed.
pub(crate) fn execute_file(file: impl AsFd, arguments: &[String], environment: &[String]) -> io::Error {
    let (arguments, environment) = match (c_strings(arguments), c_strings(environment)) {
        (Ok(arguments), Ok(environment)) => (arguments, environment),
        (Err(error), _) | (_, Err(error)) => return error,
    };
    let (argv, envp) = (pointers(&arguments), pointers(&environment));
    let (fd, empty) = (file.as_fd().as_raw_fd(), c"".as_ptr());
    // SAFETY: the strings and arrays are null-terminated and outlive the call.
    unsafe {
        libc::syscall(libc::SYS_execveat, fd, empty, argv.as_ptr(), envp.as_ptr(), libc::AT_EMPTY_PATH)
    };
    io::Error::last_os_error()
}

/// Gives the pages of the program's own code back to the page cache; what is needed again is read from there.
///
/// Start-up touches most of the code, waiting needs little of it, and pages that only one process maps count as its
/// private memory.
pub(crate) fn forget_code() {
    unsafe extern "C" {
        static __executable_start: u8;
        static etext: u8;
    }
    const PAGE: usize = 4096;
    let start = (&raw const __executable_start as usize) & !(PAGE - 1);
    let length = (&raw const etext as usize).saturating_sub(start);
    // SAFETY: the range is the program's own read-only file mapping, whose pages are read back on the next access.
    unsafe { libc::madvise(start as *mut libc::c_void, length, libc::MADV_DONTNEED) };
}
