//! A machine made of a network namespace, and sockets in the namespaces of its instances.

use super::super::apply::Executor;
use super::super::netns::{self, NetNs};
use super::super::session::Sessions;
use super::super::{Config, Network, Step, Topology, desired};
use super::wanted::Wanted;
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// What a refused connection takes: long against a veth, short against patience.
const REFUSED_AFTER: Duration = Duration::from_millis(250);
/// What an allowed one may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// One machine; removed without a trace when dropped, also by a failing test.
pub(super) struct Lab {
    pub(super) network: Network,
    pub(super) config: Config,
    host: PathBuf,
    _folder: tempfile::TempDir,
}

impl Lab {
    pub(super) fn new() -> Self {
        Self::on_underlay(None)
    }

    pub(super) fn on_underlay(underlay: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = folder.path().join("host");
        netns::create(&host).expect("these tests need root");
        let config = Config {
            run_dir: folder.path().join("run"),
            prefix: "lab".into(),
            host_netns: Some(host.clone()),
            outside: None,
            underlay: underlay.map(|address| address.parse().unwrap()),
            metadata_port: 80,
        };
        let network = Network::new(config.clone()).unwrap();
        Self { network, config, host, _folder: folder }
    }

    /// Makes the state real; nothing may fail, and a second look finds nothing left to do.
    pub(super) fn apply(&self, wanted: &Wanted) {
        assert_eq!(self.network.apply(&wanted.0), []);
        assert_eq!(self.steps(wanted), []);
    }

    /// What an agent would do that starts now.
    pub(super) fn steps(&self, wanted: &Wanted) -> Vec<Step> {
        let fresh = self.another();
        let topology = Topology::new(&wanted.0, self.config.underlay);
        fresh.on_own_thread(|sessions| fresh.steps(sessions, &topology)).unwrap()
    }

    /// Carries out some steps and nothing after them, as an agent would that dies.
    pub(super) fn carry_out(&self, wanted: &Wanted, steps: Vec<Step>) {
        let topology = Topology::new(&wanted.0, self.config.underlay);
        let owners = desired::owners(&topology, &self.config);
        let run = |sessions: &mut Sessions<'_>| Ok(Executor::new(sessions, &owners).run(steps).len());
        assert_eq!(self.network.on_own_thread(run).unwrap(), 0);
    }

    /// The agent of this machine dies and starts again.
    pub(super) fn restart(&mut self) {
        self.network = self.another();
    }

    fn another(&self) -> Network {
        Network::new(self.config.clone()).unwrap()
    }

    pub(super) fn host(&self) -> Spot {
        Spot(self.host.clone())
    }

    pub(super) fn instance(&self, name: &str) -> Spot {
        Spot(self.network.instance_namespace(&format!("i-{name}")))
    }

    pub(super) fn vpc(&self, id: &str) -> Spot {
        Spot(self.config.run_dir.join(format!("vpc-{id}")))
    }

    pub(super) fn run_dir(&self) -> &Path {
        &self.config.run_dir
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let purged = self.network.purge();
        let removed = netns::remove(&self.host);
        if !std::thread::panicking() {
            purged.unwrap();
            removed.unwrap();
        }
    }
}

/// A namespace to act in.
pub(super) struct Spot(PathBuf);

impl Spot {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        NetNs::open(&self.0).unwrap().expect("a namespace").run(work).unwrap()
    }

    /// Runs a command that has to succeed, and returns what it printed.
    pub(super) fn sh(&self, command: &str) -> String {
        let output = self.run(|| Command::new("sh").args(["-c", command]).output().unwrap());
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Listens; a port may be taken for a moment by the copy of a dropped socket in a child process being started.
    pub(super) fn listen(&self, address: &str) -> TcpListener {
        let give_up = Instant::now() + PATIENCE;
        loop {
            match self.run(|| TcpListener::bind(address)) {
                Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < give_up => {}
                other => break other.unwrap(),
            }
        }
    }

    pub(super) fn udp(&self, address: &str) -> UdpSocket {
        let socket = self.run(|| UdpSocket::bind(address)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    /// Whether an echo request (ICMP or ICMPv6) is answered.
    pub(super) fn pings(&self, address: &str) -> bool {
        let address: IpAddr = address.parse().unwrap();
        let socket = self.run(|| echo_socket(address));
        let (request, reply) = if address.is_ipv4() { (8, 0) } else { (128, 129) };
        socket.set_read_timeout(Some(REFUSED_AFTER)).unwrap();
        socket.send_to(&[request, 0, 0, 0, 0, 0, 0, 1], (address, 0)).unwrap();
        let mut buffer = [0; 64];
        socket.recv(&mut buffer).is_ok_and(|_| buffer[0] == reply)
    }

    /// Opens a connection that has to be let through.
    pub(super) fn connect(&self, address: &str) -> TcpStream {
        let address: SocketAddr = address.parse().unwrap();
        let stream = self.run(|| TcpStream::connect_timeout(&address, PATIENCE)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Whether a connection is let through; not, if no answer comes within a quarter of a second.
    pub(super) fn reaches(&self, address: &str) -> bool {
        let address: SocketAddr = address.parse().unwrap();
        self.run(|| TcpStream::connect_timeout(&address, REFUSED_AFTER)).is_ok()
    }
}

/// A socket for echo requests; the kernel fills in identifier and checksum, and lets group 0 do so where asked to.
fn echo_socket(address: IpAddr) -> UdpSocket {
    std::fs::write("/proc/sys/net/ipv4/ping_group_range", "0 0").unwrap();
    let (family, protocol) = match address {
        IpAddr::V4(_) => (AddressFamily::Inet, SockProtocol::Icmp),
        IpAddr::V6(_) => (AddressFamily::Inet6, SockProtocol::IcmpV6),
    };
    UdpSocket::from(
        nix::sys::socket::socket(family, SockType::Datagram, SockFlag::empty(), protocol).unwrap(),
    )
}

/// Sends a byte over an open connection and waits for it at the other end.
pub(super) fn passes(from: &mut TcpStream, to: &mut TcpStream) -> bool {
    from.write_all(b"x").unwrap();
    to.set_read_timeout(Some(REFUSED_AFTER)).unwrap();
    to.read_exact(&mut [0]).is_ok()
}

/// The payload and sender of the next datagram.
pub(super) fn next(socket: &UdpSocket) -> (String, SocketAddr) {
    let mut buffer = [0; 1500];
    let (length, sender) = loop {
        match socket.recv_from(&mut buffer) {
            // A child of another test has ended.
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            received => break received.unwrap(),
        }
    };
    (String::from_utf8_lossy(&buffer[..length]).into_owned(), sender)
}
