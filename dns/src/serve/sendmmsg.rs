//! `sendmmsg(2)`, by hand: nix's wrapper tells how many datagrams went only through an iterator that copies
//! addresses out of memory nobody has written. Everything unsafe on the query path is in this file.

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{MsgFlags, SockaddrLike, SockaddrStorage};
use std::os::fd::{AsRawFd, OwnedFd};

/// Most datagrams in one call.
pub(super) const BATCH: usize = 32;

/// Sends each of `payloads` to the peer of the same number and gives how many went; an error concerns the first.
/// At most [`BATCH`] are taken.
pub(super) fn sendmmsg(
    socket: &OwnedFd,
    payloads: &[&[u8]],
    peers: &[SockaddrStorage],
    flags: MsgFlags,
) -> nix::Result<usize> {
    let mut vectors = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; BATCH];
    let mut messages = [EMPTY; BATCH];
    let mut count = 0;
    for (((payload, peer), vector), message) in
        payloads.iter().zip(peers).zip(&mut vectors).zip(&mut messages)
    {
        *vector = libc::iovec { iov_base: payload.as_ptr().cast_mut().cast(), iov_len: payload.len() };
        message.msg_hdr.msg_name = peer.as_ptr().cast_mut().cast();
        message.msg_hdr.msg_namelen = peer.len();
        message.msg_hdr.msg_iov = vector;
        message.msg_hdr.msg_iovlen = 1;
        count += 1;
    }
    // SAFETY: the first `count` messages point to one vector and one address each, which in turn point to
    // `payloads` and `peers`; all of them outlive the call, and the kernel only reads through these pointers.
    #[allow(unsafe_code)]
    let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), messages.as_mut_ptr(), count, flags.bits() as _) };
    Errno::result(sent).map(|sent| sent as usize)
}

const EMPTY: libc::mmsghdr = libc::mmsghdr {
    msg_hdr: libc::msghdr {
        msg_name: std::ptr::null_mut(),
        msg_namelen: 0,
        msg_iov: std::ptr::null_mut(),
        msg_iovlen: 0,
        msg_control: std::ptr::null_mut(),
        msg_controllen: 0,
        msg_flags: 0,
    },
    msg_len: 0,
};
