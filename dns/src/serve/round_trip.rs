//! The round-trip time of a connection, as the kernel has it.

use nix::errno::Errno;
use nix::libc;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};

/// The smoothed round-trip time in microseconds (`tcpi_rtt` of tcp(7)); `None` if there is none yet.
pub(super) fn round_trip_us(connection: &impl AsFd) -> Option<u32> {
    let mut info = MaybeUninit::<libc::tcp_info>::zeroed();
    let mut len = size_of::<libc::tcp_info>() as libc::socklen_t;
    let fd = connection.as_fd().as_raw_fd();
    // SAFETY: the kernel writes at most `len` octets to where `info` is, which has as many and is exclusively ours; the
    // descriptor is open while it is borrowed.
    #[allow(unsafe_code)]
    let asked = unsafe {
        libc::getsockopt(fd, libc::IPPROTO_TCP, libc::TCP_INFO, info.as_mut_ptr().cast(), &raw mut len)
    };
    Errno::result(asked).ok()?;
    // SAFETY: it was all zeros before, and whatever integers the kernel wrote over them are a valid `tcp_info`, which is
    // nothing but integers.
    #[allow(unsafe_code)]
    let info = unsafe { info.assume_init() };
    Some(info.tcpi_rtt).filter(|rtt| *rtt > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream, UdpSocket};

    #[test]
    fn a_connection_has_one_and_nothing_else_has() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        let rtt = round_trip_us(&server).expect("the handshake was a round trip");
        assert!(rtt < 10_000_000, "{rtt}");
        assert_eq!(round_trip_us(&UdpSocket::bind("127.0.0.1:0").unwrap()), None);
    }
}
