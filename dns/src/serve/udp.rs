//! UDP: one thread and one `SO_REUSEPORT` socket per worker, datagrams received and sent in batches.
//!
//! A task per datagram, as async servers do it, costs more than the answer itself; here a batch is two system calls,
//! one look at the snapshot, and copies between buffers allocated once. When the send buffer is full the rest of the
//! batch is dropped: clients ask again, and waiting would delay the answers of everybody else.
//!
//! A socket bound to an unspecified address has to say for each reply which address it leaves from, the one that was
//! asked; the kernel would choose by its routes, and clients drop replies from strangers. Those go out one by one.

use super::sendmmsg::{BATCH, sendmmsg};
use super::tally::Tally;
use crate::answer::{Arrival, MAX_UDP, Transport, answer};
use crate::board::Board;
use crate::random::Random;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc::{in_pktinfo, in6_pktinfo};
use nix::sys::socket::{
    self, AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, RecvMsg, SockFlag,
    SockType, SockaddrStorage, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};
use std::io::{IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asked of the kernel for each direction; it grants what `rmem_max` and `wmem_max` allow.
const SOCKET_BUFFER: usize = 1 << 20;
/// Fills places of a batch that hold no datagram.
const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
/// How long a worker sleeps before it looks whether it should stop.
const WAKE_MS: i64 = 100;

/// A socket that shares its port with those of the other workers.
pub(crate) fn bind(address: SocketAddr) -> nix::Result<OwnedFd> {
    let family = if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let fd = socket::socket(family, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    socket::setsockopt(&fd, sockopt::ReusePort, &true)?;
    socket::setsockopt(&fd, sockopt::RcvBuf, &SOCKET_BUFFER)?;
    socket::setsockopt(&fd, sockopt::SndBuf, &SOCKET_BUFFER)?;
    socket::setsockopt(&fd, sockopt::ReceiveTimeout, &TimeVal::milliseconds(WAKE_MS))?;
    if address.is_ipv6() {
        socket::setsockopt(&fd, sockopt::Ipv6V6Only, &true)?;
    }
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => socket::setsockopt(&fd, sockopt::Ipv4PacketInfo, &true)?,
        IpAddr::V6(ip) if ip.is_unspecified() => socket::setsockopt(&fd, sockopt::Ipv6RecvPacketInfo, &true)?,
        _ => {}
    }
    socket::bind(fd.as_raw_fd(), &SockaddrStorage::from(address))?;
    Ok(fd)
}

/// One worker, to be run by a thread of its own.
pub(crate) struct Worker {
    pub(crate) number: usize,
    pub(crate) socket: OwnedFd,
    pub(crate) board: Arc<Board>,
    pub(crate) random: Random,
    pub(crate) stop: Arc<AtomicBool>,
}

/// The address a datagram came to, where the socket is bound to all.
#[derive(Clone, Copy)]
enum Local {
    V4(in_pktinfo),
    V6(in6_pktinfo),
}

impl Local {
    fn of(message: &RecvMsg<'_, '_, SockaddrStorage>) -> Option<Self> {
        message.cmsgs().ok()?.find_map(|control| match control {
            ControlMessageOwned::Ipv4PacketInfo(info) => {
                Some(Self::V4(in_pktinfo { ipi_ifindex: 0, ..info }))
            }
            ControlMessageOwned::Ipv6PacketInfo(info) => Some(Self::V6(info)),
            _ => None,
        })
    }
}

/// What one batch holds, beside the buffers.
struct Batch {
    lengths: [usize; BATCH],
    peers: [SockaddrStorage; BATCH],
    locals: [Option<Local>; BATCH],
    count: usize,
}

impl Batch {
    fn new() -> Self {
        Self {
            lengths: [0; BATCH],
            peers: [SockaddrStorage::from(NOBODY); BATCH],
            locals: [None; BATCH],
            count: 0,
        }
    }

    fn push(&mut self, len: usize, peer: SockaddrStorage, local: Option<Local>) {
        (self.lengths[self.count], self.peers[self.count], self.locals[self.count]) = (len, peer, local);
        self.count += 1;
    }
}

/// The address of a peer.
fn address(peer: &SockaddrStorage) -> IpAddr {
    let v4 = peer.as_sockaddr_in().map(|peer| IpAddr::V4(peer.ip()));
    v4.or_else(|| peer.as_sockaddr_in6().map(|peer| IpAddr::V6(peer.ip()))).unwrap_or(NOBODY.ip())
}

impl Worker {
    /// Answers until told to stop; a batch under way is finished.
    pub(crate) fn run(mut self) {
        let tally = Tally::new("udp");
        let mut queries = vec![0; BATCH * MAX_UDP];
        let mut replies = vec![0; BATCH * MAX_UDP];
        let mut receiving = MultiHeaders::preallocate(BATCH, Some(cmsg_space!(in6_pktinfo)));
        while !self.stop.load(Ordering::Relaxed) {
            match self.receive(&mut queries, &mut receiving) {
                Ok(batch) => {
                    let ready = self.answer_all(&batch, &queries, &mut replies, &tally);
                    match ready.locals[0] {
                        None => self.send(&ready, &replies),
                        Some(_) => self.send_each(&ready, &replies),
                    }
                }
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                // Errors of earlier sends come back here (ECONNREFUSED and the like) and concern one client each.
                Err(error) => tracing::debug!(%error, "receiving failed"),
            }
        }
    }

    /// Waits for at least one datagram, then takes what has come by then.
    fn receive(&self, queries: &mut [u8], headers: &mut MultiHeaders<SockaddrStorage>) -> nix::Result<Batch> {
        let mut buffers = queries.chunks_exact_mut(MAX_UDP);
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] =
            std::array::from_fn(|_| [IoSliceMut::new(buffers.next().unwrap_or_default())]);
        let flags = MsgFlags::MSG_WAITFORONE;
        let results = socket::recvmmsg(self.socket.as_raw_fd(), headers, slices.iter_mut(), flags, None)?;
        let mut batch = Batch::new();
        for message in results {
            // A datagram longer than the buffer lost its end: as a query of length 0 it gets no answer.
            let len = if message.flags.contains(MsgFlags::MSG_TRUNC) { 0 } else { message.bytes };
            if let Some(peer) = message.address {
                batch.push(len, peer, Local::of(&message));
            }
        }
        Ok(batch)
    }

    /// The replies, in the order of their buffers.
    fn answer_all(&mut self, batch: &Batch, queries: &[u8], replies: &mut [u8], tally: &Tally) -> Batch {
        let mut ready = Batch::new();
        let snapshot = self.board.read(self.number);
        for (number, query) in queries.chunks_exact(MAX_UDP).take(batch.count).enumerate() {
            let query = &query[..batch.lengths[number]];
            let out = &mut replies[ready.count * MAX_UDP..][..MAX_UDP];
            let arrival = Arrival { transport: Transport::Udp, peer: address(&batch.peers[number]) };
            let written = answer(&snapshot, query, arrival, &mut self.random, out);
            tally.count(&out[..written]);
            if written > 0 {
                ready.push(written, batch.peers[number], batch.locals[number]);
            }
        }
        ready
    }

    fn send_each(&self, ready: &Batch, replies: &[u8]) {
        for (number, reply) in replies.chunks_exact(MAX_UDP).take(ready.count).enumerate() {
            let slices = [IoSlice::new(&reply[..ready.lengths[number]])];
            let control = match &ready.locals[number] {
                Some(Local::V4(info)) => Some(ControlMessage::Ipv4PacketInfo(info)),
                Some(Local::V6(info)) => Some(ControlMessage::Ipv6PacketInfo(info)),
                None => None,
            };
            let (peer, flags) = (&ready.peers[number], MsgFlags::MSG_DONTWAIT);
            // A reply that cannot go is dropped, as in a batch.
            let _ = socket::sendmsg(self.socket.as_raw_fd(), &slices, control.as_slice(), flags, Some(peer));
        }
    }

    fn send(&self, ready: &Batch, replies: &[u8]) {
        let mut buffers = replies.chunks_exact(MAX_UDP).zip(ready.lengths);
        let payloads: [&[u8]; BATCH] =
            std::array::from_fn(|_| buffers.next().map_or(&[][..], |(buffer, len)| &buffer[..len]));
        let mut sent = 0;
        while sent < ready.count {
            let rest = sent..ready.count;
            match sendmmsg(&self.socket, &payloads[rest.clone()], &ready.peers[rest], MsgFlags::MSG_DONTWAIT)
            {
                Ok(count) => sent += count.max(1),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return,
                // The first datagram cannot go where it should; the others may.
                Err(_) => sent += 1,
            }
        }
    }
}
