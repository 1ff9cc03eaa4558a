//! UDP: one thread and one `SO_REUSEPORT` socket per worker, datagrams received and sent in batches.
//!
//! A task per datagram, as async servers do it, costs more than the answer itself; here a batch is two system calls,
//! one look at the snapshot, and copies between buffers allocated once.
//!
//! A socket bound to an unspecified address has to say for each reply which address it leaves from, the one that was
//! asked; the kernel would choose by its routes, and clients drop replies from strangers.

use super::batch::Batch;
use super::rate::{Limiter, Verdict};
use super::tally::LocalTally;
use crate::answer::{self, Arrival, Identity, Means, Transport, answer};
use crate::board::Board;
use crate::query_log::Recorder;
use crate::transfer::Transfers;
use controlplane_types::Runtime;
use nix::errno::Errno;
use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, SockaddrStorage, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asked of the kernel for each direction; it grants what `rmem_max` and `wmem_max` allow.
const SOCKET_BUFFER: usize = 1 << 20;
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
    pub(crate) means: Means,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) identity: Arc<Identity>,
    /// Only with a limit.
    pub(crate) limiter: Option<Limiter>,
    /// Only where query logs are written.
    pub(crate) recorder: Option<Recorder>,
    /// Only where zones may be transferred.
    pub(crate) transfers: Option<Arc<Transfers>>,
    pub(crate) stop: Arc<AtomicBool>,
}

/// What is left of a reply under the limits.
fn limited(limiter: &mut Limiter, clock: u32, query: &[u8], arrival: &Arrival, reply: &mut [u8]) -> usize {
    if reply.is_empty() || answer::is_proven(query, arrival) {
        return reply.len();
    }
    match limiter.verdict(arrival.peer, clock) {
        Verdict::Send => reply.len(),
        Verdict::Cut => answer::cut(reply),
        Verdict::Drop => 0,
    }
}

impl Worker {
    /// Answers until told to stop; a batch under way is finished.
    pub(crate) fn run(mut self) {
        let mut tally = LocalTally::new("udp");
        let mut batch = Batch::new();
        while !self.stop.load(Ordering::Relaxed) {
            match batch.receive(&self.socket) {
                Ok(()) => {
                    self.answer(&mut batch, &mut tally);
                    batch.send(&self.socket);
                }
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                // Errors of earlier sends come back here (ECONNREFUSED and the like) and concern one client each.
                Err(error) => tracing::debug!(%error, "receiving failed"),
            }
            tally.tell(self.runtime.monotonic());
        }
    }

    fn answer(&mut self, batch: &mut Batch, tally: &mut LocalTally) {
        let snapshot = self.board.read(self.number);
        let at = self.runtime.now();
        let now = at.as_secs() as u32;
        let clock = self.runtime.monotonic().as_millis() as u32;
        batch.answer(|query, peer, out| {
            let arrival = Arrival { transport: Transport::Udp, peer, now, identity: &self.identity };
            let signed = self.transfers.as_ref().and_then(|transfers| {
                let request = transfers.request(query, peer, at)?;
                Some((
                    request.is_proven(),
                    transfers.answer(request, &snapshot, arrival, &mut self.means, out),
                ))
            });
            let (is_proven, written) =
                signed.unwrap_or_else(|| (false, answer(&snapshot, query, arrival, &mut self.means, out)));
            let written = match &mut self.limiter {
                Some(limiter) if !is_proven => limited(limiter, clock, query, &arrival, &mut out[..written]),
                _ => written,
            };
            tally.count(&out[..written]);
            if let Some(recorder) = &self.recorder {
                recorder.note(&snapshot, query, &out[..written], &arrival, at);
            }
            written
        });
    }
}
