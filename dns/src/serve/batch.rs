//! A batch of datagrams: received by one system call, answered in place, sent by another.
//!
//! `recvmmsg(2)` and `sendmmsg(2)` by hand: nix's wrappers copy addresses, control messages and lengths between structures of
//! their own, which costs as much as an answer when a batch holds one datagram or two, and that is what a batch holds unless
//! the server is flooded. Here the kernel writes a sender's address where the reply's header points to, and what it says about
//! the local address is handed back to it as it came. Headers are made for each call, on the stack: pointers that were kept
//! from call to call would be invalid as soon as anything between looks at what they point to.
//!
//! Everything unsafe on the query path is in this file.

use crate::answer::MAX_UDP;
use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{SockaddrLike, SockaddrStorage};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::null_mut;

/// Most datagrams in one call.
const BATCH: usize = 32;
/// Stands where no datagram has come from yet.
const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Room for one control message: `in6_pktinfo` is the larger of the two that are asked for.
#[derive(Clone, Copy)]
#[repr(C)]
struct Control {
    header: libc::cmsghdr,
    info: [u32; 6],
}

impl Control {
    const NONE: Self =
        Self { header: libc::cmsghdr { cmsg_len: 0, cmsg_level: 0, cmsg_type: 0 }, info: [0; 6] };

    /// For an IPv4 reply: which address it leaves from is told, the interface is left to the routes. IPv6 keeps it, since
    /// link-local addresses mean nothing without.
    fn leave_by_any_interface(&mut self) {
        if self.header.cmsg_level == libc::IPPROTO_IP && self.header.cmsg_type == libc::IP_PKTINFO {
            self.info[0] = 0;
        }
    }
}

/// Buffers and addresses of a worker, allocated once.
pub(super) struct Batch {
    queries: Box<[[u8; MAX_UDP]]>,
    replies: Box<[[u8; MAX_UDP]]>,
    peers: [SockaddrStorage; BATCH],
    controls: [Control; BATCH],
    /// Octets of each control message; 0 where the socket is bound to one address.
    control_lengths: [usize; BATCH],
    query_lengths: [usize; BATCH],
    received: usize,
    /// Which datagrams have replies, and how long these are.
    ready: [(usize, usize); BATCH],
    ready_count: usize,
}

impl Batch {
    pub(super) fn new() -> Self {
        Self {
            queries: vec![[0; MAX_UDP]; BATCH].into(),
            replies: vec![[0; MAX_UDP]; BATCH].into(),
            peers: [SockaddrStorage::from(NOBODY); BATCH],
            controls: [Control::NONE; BATCH],
            control_lengths: [0; BATCH],
            query_lengths: [0; BATCH],
            received: 0,
            ready: [(0, 0); BATCH],
            ready_count: 0,
        }
    }

    /// Waits for at least one datagram, then takes what has come by then; what was there before is forgotten.
    pub(super) fn receive(&mut self, socket: &OwnedFd) -> nix::Result<()> {
        (self.received, self.ready_count) = (0, 0);
        let mut queries = self.queries.iter_mut();
        let mut vectors: [libc::iovec; BATCH] = std::array::from_fn(|_| {
            let buffer = queries.next().map_or(null_mut(), |buffer| buffer.as_mut_ptr());
            libc::iovec { iov_base: buffer.cast(), iov_len: MAX_UDP }
        });
        let mut places = vectors.iter_mut().zip(&mut self.peers).zip(&mut self.controls);
        let mut headers: [libc::mmsghdr; BATCH] = std::array::from_fn(|_| {
            let Some(((vector, peer), control)) = places.next() else { return EMPTY };
            let mut header = EMPTY;
            header.msg_hdr.msg_name = (&raw mut *peer).cast();
            header.msg_hdr.msg_namelen = size_of::<SockaddrStorage>() as libc::socklen_t;
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = (&raw mut *control).cast();
            header.msg_hdr.msg_controllen = size_of::<Control>() as _;
            header
        });
        let (fd, flags) = (socket.as_raw_fd(), libc::MSG_WAITFORONE);
        // SAFETY: each header points to one vector, one address and one control message, each vector to one buffer of
        // `MAX_UDP` octets; all of them are exclusively ours, are as long as said, and outlive the call. Whatever octets the
        // kernel writes are a valid buffer, control message, and address: that is a union of C structures.
        #[allow(unsafe_code)]
        let received =
            unsafe { libc::recvmmsg(fd, headers.as_mut_ptr(), BATCH as u32, flags as _, null_mut()) };
        self.received = Errno::result(received)? as usize;
        for (number, header) in headers[..self.received].iter().enumerate() {
            // A datagram longer than the buffer lost its end: as a query of length 0 it gets no answer.
            let cut = header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0;
            self.query_lengths[number] = if cut { 0 } else { header.msg_len as usize };
            self.control_lengths[number] = header.msg_hdr.msg_controllen;
            self.controls[number].leave_by_any_interface();
        }
        Ok(())
    }

    /// Gives each datagram that came to `answer`, with its sender and room for the reply, whose length it returns; 0 for none.
    pub(super) fn answer(&mut self, mut answer: impl FnMut(&[u8], IpAddr, &mut [u8]) -> usize) {
        let exchanges = self.queries.iter().zip(&mut self.replies).take(self.received);
        for (number, (query, reply)) in exchanges.enumerate() {
            let query = &query[..self.query_lengths[number]];
            let written = answer(query, address(&self.peers[number]), reply);
            if written > 0 {
                self.ready[self.ready_count] = (number, written);
                self.ready_count += 1;
            }
        }
    }

    /// Sends the replies. When the send buffer is full the rest is dropped: clients ask again, and waiting would delay the
    /// answers of everybody else.
    pub(super) fn send(&mut self, socket: &OwnedFd) {
        let mut sent = 0;
        while sent < self.ready_count {
            match self.send_from(socket, sent) {
                Ok(count) => sent += count.max(1),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return,
                // The first datagram cannot go where it should; the others may.
                Err(_) => sent += 1,
            }
        }
    }

    /// How many of the replies from number `first` on went; an error concerns the first.
    fn send_from(&mut self, socket: &OwnedFd, first: usize) -> nix::Result<usize> {
        let mut vectors = [libc::iovec { iov_base: null_mut(), iov_len: 0 }; BATCH];
        let mut headers = [EMPTY; BATCH];
        let ready = &self.ready[first..self.ready_count];
        for (((number, length), vector), header) in ready.iter().zip(&mut vectors).zip(&mut headers) {
            *vector = libc::iovec { iov_base: self.replies[*number].as_mut_ptr().cast(), iov_len: *length };
            header.msg_hdr.msg_name = self.peers[*number].as_ptr().cast_mut().cast();
            header.msg_hdr.msg_namelen = self.peers[*number].len();
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
            if self.control_lengths[*number] > 0 {
                header.msg_hdr.msg_control = (&raw mut self.controls[*number]).cast();
                header.msg_hdr.msg_controllen = self.control_lengths[*number] as _;
            }
        }
        let (fd, flags) = (socket.as_raw_fd(), libc::MSG_DONTWAIT);
        // SAFETY: the first `ready.len()` headers point to one vector, one address and, where its length is not 0, one control
        // message each, the vectors to replies of at least that length; all of it outlives the call, and the kernel only reads
        // through these pointers.
        #[allow(unsafe_code)]
        let sent = unsafe { libc::sendmmsg(fd, headers.as_mut_ptr(), ready.len() as u32, flags as _) };
        Errno::result(sent).map(|sent| sent as usize)
    }
}

/// The address of a peer.
fn address(peer: &SockaddrStorage) -> IpAddr {
    let v4 = peer.as_sockaddr_in().map(|peer| IpAddr::V4(peer.ip()));
    v4.or_else(|| peer.as_sockaddr_in6().map(|peer| IpAddr::V6(peer.ip()))).unwrap_or(NOBODY.ip())
}

const EMPTY: libc::mmsghdr = libc::mmsghdr {
    msg_hdr: libc::msghdr {
        msg_name: null_mut(),
        msg_namelen: 0,
        msg_iov: null_mut(),
        msg_iovlen: 0,
        msg_control: null_mut(),
        msg_controllen: 0,
        msg_flags: 0,
    },
    msg_len: 0,
};
