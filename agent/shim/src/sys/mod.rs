//! System calls, each behind a safe function. The only module of the program with `unsafe` in it.
//!
//! Why not rustix or nix: the supervisor stays resident once per instance, so every page counts, and half of what it
//! needs (`clone3`, `setns` on a pidfd, `mount_setattr`, `capset`) neither of them offers. What readers get wrong:
//! the program has exactly one thread, and several functions here are only sound because of that.

#![allow(unsafe_code, reason = "this is where the system calls are; every block says why it is sound")]

pub(crate) mod descriptor;
pub(crate) mod mount;
pub(crate) mod privilege;
pub(crate) mod process;
pub(crate) mod terminal;

use std::ffi::CString;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

/// Turns the `-1` of a C function into the error behind it.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// The same for `syscall(2)`.
fn check_long(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Takes ownership of a descriptor the kernel has just made for us.
fn own(result: libc::c_int) -> io::Result<OwnedFd> {
    let fd = check(result)?;
    // SAFETY: the kernel returned this descriptor to this call alone, so nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// The same for `syscall(2)`.
fn own_long(result: libc::c_long) -> io::Result<OwnedFd> {
    own(result as libc::c_int)
}

/// A C string; text with a NUL inside is invalid input.
fn c_string(text: &str) -> io::Result<CString> {
    CString::new(text).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))
}
