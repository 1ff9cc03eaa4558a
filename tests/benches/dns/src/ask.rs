//! One question at a time to one DNS server.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use tests_benches_instruments::Failure;

/// Between two questions while something is waited for: the grain of what is measured.
const AGAIN: Duration = Duration::from_micros(500);
const PATIENCE: Duration = Duration::from_secs(30);

/// A DNS server.
#[derive(Debug)]
pub(crate) struct Names(UdpSocket);

impl Names {
    pub(crate) fn at(address: SocketAddr) -> Result<Self, Failure> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(address)?;
        socket.set_read_timeout(Some(Duration::from_secs(1)))?;
        Ok(Self(socket))
    }

    /// The last address of the answer for a name.
    pub(crate) fn address(&self, name: &str) -> Result<Option<Ipv4Addr>, Failure> {
        self.0.send(&question(name))?;
        let mut reply = [0; 4096];
        let length = self.0.recv(&mut reply)?;
        let answers = u16::from_be_bytes([reply[6], reply[7]]);
        let last = reply[..length].last_chunk::<4>().filter(|_| answers > 0);
        Ok(last.map(|octets| Ipv4Addr::from(*octets)))
    }

    /// When the answer first is this address.
    pub(crate) fn until(&self, name: &str, wanted: Ipv4Addr) -> Result<Instant, Failure> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            // A lost datagram is asked for again.
            if self.address(name).is_ok_and(|found| found == Some(wanted)) {
                return Ok(Instant::now());
            }
            std::thread::sleep(AGAIN);
        }
        Err(format!("{name} does not become {wanted}").into())
    }
}

fn question(name: &str) -> Vec<u8> {
    let mut packet = vec![0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        packet.push(label.len() as u8);
        packet.extend_from_slice(label.as_bytes());
    }
    packet.extend_from_slice(&[0, 0, 1, 0, 1]);
    packet
}
