//! Whole servers that tell secondaries of changes: one that the test plays, and NSD.

use super::transfers::transfer;
use super::*;
use crate::TransferConfig;
use crate::zone::tests::{Keys, SOA, delta, member, set, weighted, zone as said};
use controlplane_proto::dns::{RecordSet, Zone};
use hickory_proto::op::{Message, OpCode};
use hickory_proto::rr::RData;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::{Child, Command, Stdio};
use tokio::net::UdpSocket;

/// Beside [`transfer`]'s.
const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A secondary that the test plays.
struct Played(UdpSocket);

impl Played {
    async fn new() -> Self {
        Self(UdpSocket::bind("127.0.0.1:0").await.unwrap())
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// Waits for a notification and replies to it; gives the zone and its serial.
    async fn told(&self) -> (String, u32) {
        let mut packet = [0; 4096];
        let (len, from) = soon(self.0.recv_from(&mut packet)).await.unwrap();
        let message = Message::from_vec(&packet[..len]).unwrap();
        assert_eq!(message.metadata.op_code, OpCode::Notify);
        packet[2] |= 0x80;
        self.0.send_to(&packet[..len], from).await.unwrap();
        let RData::SOA(soa) = &message.answers[0].data else { panic!("{message:?}") };
        (message.queries[0].name.to_string(), soa.serial)
    }
}

async fn telling(folder: tempfile::TempDir, secondaries: Vec<SocketAddr>) -> Fixture {
    let transfer = TransferConfig { notify: secondaries, ..transfer(folder.path(), "127.0.0.0/8") };
    Fixture::start(folder, |config| config.transfer = transfer).await
}

/// The zone with an address and a serial.
fn first(serial: u32, address: &str) -> FeedMessage {
    FeedMessage { zones: vec![said(None, serial)], ..zone(1, address) }
}

/// The delta to the generation with this number, whose serial it is too.
fn next(generation: u32, address: &str) -> FeedMessage {
    let record_sets = vec![set("www.example.com.", "A", 60, &[address])];
    let (before, after) = (u64::from(generation - 1), u64::from(generation));
    FeedMessage { zones: vec![said(None, generation)], record_sets, ..delta(before, after) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_once_and_a_restart_too() {
    let secondary = Played::new().await;
    let mut fixture = telling(tempfile::tempdir().unwrap(), vec![secondary.address()]).await;
    fixture.send(first(1, "192.0.2.1")).await;
    for serial in 1..4 {
        assert_eq!(secondary.told().await, ("example.com.".to_owned(), serial));
        fixture.send(next(serial + 1, "192.0.2.2")).await;
    }
    assert_eq!(secondary.told().await.1, 4);
    let Fixture { folder, server, .. } = fixture;
    server.shutdown().await;
    let _fixture = telling(folder, vec![secondary.address()]).await;
    assert_eq!(secondary.told().await, ("example.com.".to_owned(), 4), "from the disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_transferred_is_not_told() {
    let of = |zone: &str, mut set: RecordSet| {
        set.key.as_mut().unwrap().zone_id = zone.to_owned();
        set
    };
    let other = |id: &str, serial: u32| {
        let name = format!("{}.example.net.", id.to_lowercase());
        Zone { id: id.to_owned(), name, signing: None, serial }
    };
    let secondary = Played::new().await;
    let mut fixture = telling(tempfile::tempdir().unwrap(), vec![secondary.address()]).await;
    let signed = |serial| said(Some(Keys::new().signing()), serial);
    let heavy = set("heavy.z2.example.net.", "A", 60, &["192.0.2.1"]);
    let mut message = zone(1, "192.0.2.1");
    message.zones = vec![signed(1), other("Z2", 1), other("Z3", 1)];
    message.record_sets.extend([
        of("Z2", set("z2.example.net.", "SOA", 900, &[SOA])),
        of("Z2", member(heavy, "one", weighted(1), "")),
        of("Z3", set("z3.example.net.", "SOA", 900, &[SOA])),
    ]);
    fixture.send(message).await;
    for serial in 1..4u32 {
        assert_eq!(secondary.told().await, ("z3.example.net.".to_owned(), serial));
        let zones = vec![signed(serial + 1), other("Z2", serial + 1), other("Z3", serial + 1)];
        let generation = u64::from(serial);
        fixture.send(FeedMessage { zones, ..delta(generation, generation + 1) }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_changes_few_are_told_and_who_is_away_holds_nothing_up() {
    const LAST: u32 = 60;
    let (secondary, away) = (Played::new().await, Played::new().await);
    let addresses = vec![away.address(), secondary.address()];
    let mut fixture = telling(tempfile::tempdir().unwrap(), addresses).await;
    let begun = Instant::now();
    let told = tokio::spawn(async move {
        let mut told = 1;
        while secondary.told().await.1 != LAST {
            told += 1;
        }
        told
    });
    fixture.send(first(1, "192.0.2.1")).await;
    for generation in 2..=LAST {
        fixture.send(next(generation, "192.0.2.2")).await;
    }
    let told: u64 = told.await.unwrap();
    assert!(told <= begun.elapsed().as_secs() + 2, "one a second, not {told}");
}

/// NSD, which copies `example.com`.
struct Nsd {
    process: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Nsd {
    fn start(address: SocketAddr, primary: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("nsd.conf");
        std::fs::write(&configuration, settings(folder.path(), address, primary)).unwrap();
        let mut command = Command::new("/usr/sbin/nsd");
        command.args(["-d", "-c"]).arg(&configuration).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("NSD is installed (package nsd)");
        Self { process, address, _folder: folder }
    }

    /// Waits until it answers with this address.
    async fn answers(&self, address: &str) {
        let server = self.address;
        until(&format!("NSD answers {address}"), || async move {
            dig(server, "+short www.example.com A").await == address
        })
        .await;
    }
}

impl Drop for Nsd {
    /// It ends its processes when it is asked to, and leaves them when it is killed.
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.process.id() as i32), Signal::SIGTERM);
        let _ = self.process.wait();
    }
}

fn settings(folder: &Path, own: SocketAddr, primary: SocketAddr) -> String {
    let (folder, own, primary) = (folder.display(), own.port(), primary.port());
    format!(
        "server:\n  server-count: 1\n  ip-address: 127.0.0.1@{own}\n  username: \"\"\n  chroot: \"\"\n  zonesdir: \"{folder}\"\n  \
         database: \"\"\n  pidfile: \"{folder}/pid\"\n  xfrdfile: \"{folder}/xfrd\"\n  zonelistfile: \"{folder}/zones\"\n  \
         xfrdir: \"{folder}\"\n  logfile: \"{folder}/log\"\nremote-control:\n  control-enable: no\n\
         key:\n  name: \"peer\"\n  algorithm: hmac-sha512\n  secret: \"{SECRET}\"\n\
         zone:\n  name: \"example.com\"\n  zonefile: \"example.com\"\n  request-xfr: 127.0.0.1@{primary} peer\n  \
         allow-notify: 127.0.0.1 peer\n"
    )
}

/// Free for UDP and TCP a moment ago.
fn free_address() -> SocketAddr {
    loop {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        if std::net::UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}

/// Its copies are good for hours, as the zone's SOA record says: what it answers in seconds it was told.
#[tokio::test(flavor = "multi_thread")]
async fn nsd_follows_a_zone_at_once() {
    let address = free_address();
    let mut fixture = telling(tempfile::tempdir().unwrap(), vec![address]).await;
    fixture.send(first(1, "192.0.2.1")).await;
    let nsd = Nsd::start(address, fixture.address());
    nsd.answers("192.0.2.1").await;
    for (generation, address) in [(2, "192.0.2.2"), (3, "192.0.2.3")] {
        fixture.send(next(generation, address)).await;
        nsd.answers(address).await;
    }
    assert!(dig(nsd.address, "+short example.com SOA").await.contains(" 3 7200 900 1209600 86400"));
}
