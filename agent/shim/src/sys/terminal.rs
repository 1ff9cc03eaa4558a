//! Pseudo terminals.

use super::{check, own};
use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

/// A new terminal of the devpts that is mounted at `/dev/pts`: the side of whoever types, then the program's side.
pub(crate) fn open_terminal() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = libc::O_NOCTTY | libc::O_NONBLOCK | libc::O_CLOEXEC;
    let typist: OwnedFd =
        OpenOptions::new().read(true).write(true).custom_flags(flags).open("/dev/pts/ptmx")?.into();
    let (unlocked, open_flags) = (0_i32, libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC);
    // SAFETY: TIOCSPTLCK reads one int, TIOCGPTPEER takes flags by value and returns a new descriptor.
    let program = unsafe {
        check(libc::ioctl(typist.as_raw_fd(), libc::TIOCSPTLCK, &raw const unlocked))?;
        own(libc::ioctl(typist.as_raw_fd(), libc::TIOCGPTPEER, open_flags))?
    };
    Ok((typist, program))
}

/// Tells the programs on a terminal how large it is.
pub(crate) fn resize(terminal: impl AsFd, rows: u16, columns: u16) -> io::Result<()> {
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCSWINSZ reads one winsize, which outlives the call.
    check(unsafe { libc::ioctl(terminal.as_fd().as_raw_fd(), libc::TIOCSWINSZ, &raw const size) }).map(drop)
}

/// Makes a terminal the controlling one of this (new) session.
pub(crate) fn control(terminal: impl AsFd) -> io::Result<()> {
    // SAFETY: TIOCSCTTY takes an integer.
    check(unsafe { libc::ioctl(terminal.as_fd().as_raw_fd(), libc::TIOCSCTTY, 0) }).map(drop)
}
