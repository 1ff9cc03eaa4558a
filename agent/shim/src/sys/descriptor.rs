//! Descriptors: polling, signals as a descriptor, FIFOs, sockets and locks.

use super::{c_string, check, check_long, own};
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;

/// Waits until one of `entries` is ready or `timeout_ms` has passed (`-1`: forever). Interruptions are not errors.
pub(crate) fn poll(entries: &mut [libc::pollfd], timeout_ms: i32) -> io::Result<()> {
    // SAFETY: the pointer and length describe one exclusively borrowed slice.
    let result = unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, timeout_ms) };
    match check(result) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
        _ => Ok(()),
    }
}

/// An entry for [`poll`]; `fd` must stay open while it is used.
pub(crate) fn entry(fd: impl AsFd, events: i16) -> libc::pollfd {
    libc::pollfd { fd: fd.as_fd().as_raw_fd(), events, revents: 0 }
}

/// An entry that [`poll`] skips.
pub(crate) fn no_entry() -> libc::pollfd {
    libc::pollfd { fd: -1, events: 0, revents: 0 }
}

/// Reads what is there.
pub(crate) fn read(fd: impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
    // SAFETY: the pointer and length describe one exclusively borrowed slice.
    let n = unsafe { libc::read(fd.as_fd().as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
    if n < 0 { Err(io::Error::last_os_error()) } else { Ok(n as usize) }
}

/// Writes once; may write less than asked for.
pub(crate) fn write(fd: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: the pointer and length describe one borrowed slice.
    let n = unsafe { libc::write(fd.as_fd().as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    if n < 0 { Err(io::Error::last_os_error()) } else { Ok(n as usize) }
}

/// A pair of connected sockets that keep message boundaries and close on exec. When one end's last holder dies the
/// other reads the end of the stream.
pub(crate) fn message_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut fds: [RawFd; 2] = [0; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: `fds` has room for the two descriptors the kernel stores.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, fds.as_mut_ptr()) })?;
    // SAFETY: both descriptors were made by the call above and are owned by nothing else.
    Ok(unsafe { (OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1])) })
}

/// Makes a FIFO; one that exists already will do.
pub(crate) fn make_fifo(path: &Path, mode: u32) -> io::Result<()> {
    let name = c_string(&path.to_string_lossy())?;
    // SAFETY: `name` is a C string that outlives the call.
    match check(unsafe { libc::mkfifo(name.as_ptr(), mode) }) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Takes the exclusive lock of an open file; false when somebody else holds it.
pub(crate) fn try_lock(fd: impl AsFd) -> io::Result<bool> {
    // SAFETY: flock takes no pointers.
    match check(unsafe { libc::flock(fd.as_fd().as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) }) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}

/// A set of signals.
fn signal_set(signals: &[i32]) -> libc::sigset_t {
    // SAFETY: an all-zero sigset_t is valid memory for sigemptyset, and sigaddset gets a valid pointer.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        for signal in signals {
            libc::sigaddset(&mut set, *signal);
        }
        set
    }
}

/// Blocks `signals` and returns a descriptor from which [`read_signal`] takes them.
pub(crate) fn signals_as_descriptor(signals: &[i32]) -> io::Result<OwnedFd> {
    let set = signal_set(signals);
    // SAFETY: `set` is initialised and outlives both calls; the old mask is not asked for.
    unsafe {
        check(libc::sigprocmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()))?;
        own(libc::signalfd(-1, &set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK))
    }
}

/// The next pending signal.
pub(crate) fn read_signal(fd: impl AsFd) -> Option<i32> {
    let mut info = [0_u8; size_of::<libc::signalfd_siginfo>()];
    match read(fd, &mut info) {
        // `ssi_signo` is the first field of the structure.
        Ok(n) if n == info.len() => Some(i32::from_ne_bytes([info[0], info[1], info[2], info[3]])),
        _ => None,
    }
}

/// Gives every signal its default meaning and unblocks it: a program expects that of whoever starts it.
pub(crate) fn reset_signals() -> io::Result<()> {
    const SIGNALS: std::ops::RangeInclusive<i32> = 1..=64;
    for signal in SIGNALS {
        // SAFETY: SIG_DFL is a valid disposition. Signals that cannot be changed are refused, which is no concern.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    let none = signal_set(&[]);
    // SAFETY: `none` is initialised and outlives the call; the old mask is not asked for.
    check(unsafe { libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut()) }).map(drop)
}

/// Makes `fd` the descriptor number `number`, which survives exec.
pub(crate) fn place(fd: impl AsFd, number: RawFd) -> io::Result<()> {
    let fd = fd.as_fd().as_raw_fd();
    if fd == number {
        // SAFETY: fcntl with F_SETFD takes no pointers.
        return check(unsafe { libc::fcntl(fd, libc::F_SETFD, 0) }).map(drop);
    }
    // SAFETY: dup2 takes no pointers; only the numbers 0 to 2 are replaced, which no OwnedFd of this program has.
    check(unsafe { libc::dup2(fd, number) }).map(drop)
}

/// Makes every descriptor above 2 close on exec, whoever opened it and whatever it is.
pub(crate) fn close_rest_on_exec() -> io::Result<()> {
    const CLOEXEC: libc::c_uint = 1 << 2;
    // SAFETY: close_range takes no pointers and, with this flag, closes nothing now.
    check_long(unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, CLOEXEC) }).map(drop)
}

/// Closes the descriptors 3 and above.
///
/// Call it first thing: a descriptor leaked into us by whoever started us must not stay open for months, and later
/// the call would close descriptors that values of this program own.
pub(crate) fn close_inherited() -> io::Result<()> {
    // SAFETY: close_range takes no pointers; at the start of main nothing in the program owns a descriptor above 2.
    check_long(unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) }).map(drop)
}
