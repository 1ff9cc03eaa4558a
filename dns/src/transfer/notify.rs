//! Telling secondaries that a zone changed (NOTIFY, RFC 1996), so that they need not wait for their next look.
//!
//! Each secondary has a set of zones it has still to hear of, so a burst of changes is one entry, and what is said is the serial of the
//! moment it is said. The set is gone through in rounds with a pause between portions: no zone is told of more often than once in a
//! pause, none waits for ever behind one that changes all the time, and no restart floods anybody. Who does not answer after
//! three attempts finds the change when it looks.
//!
//! Nobody waits for any of this. Publishing a zone costs putting its name into the sets.

use super::contents::Version;
use super::{Transfers, tsig};
use crate::answer::message::{CLASS_IN, HEADER};
use crate::board::Board;
use crate::compile::Snapshot;
use controlplane_telemetry::metrics::catalogue::DNS_NOTIFICATIONS;
use controlplane_types::Runtime;
use controlplane_types::dns::name;
use futures::future::join_all;
use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::Notify;

/// How long a reply to each attempt is waited for.
const ATTEMPTS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// Zones that a secondary is told of at once.
const PORTION: usize = 50;
/// Before the next portion.
const PAUSE: Duration = Duration::from_secs(1);
/// Opcode NOTIFY, and AA (RFC 1996 section 3.7).
const FLAGS: [u8; 2] = [0x24, 0];
/// QR and the opcode, in the same octet.
const REPLY_MASK: u8 = 0xf8;
const REPLY: u8 = 0xa0;
/// One question, one answer.
const COUNTS: [u8; 8] = [0, 1, 0, 1, 0, 0, 0, 0];
/// The name of the question, for the answer (RFC 1035 section 4.1.4).
const SAME_NAME: [u8; 2] = [0xc0, HEADER as u8];

/// A name server to be told.
pub(super) struct Secondary {
    address: SocketAddr,
    /// Names of zones, lower case, in wire form; those of the snapshots.
    untold: Mutex<BTreeSet<Arc<[u8]>>>,
    look: Notify,
}

impl Secondary {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, untold: Mutex::default(), look: Notify::new() }
    }

    fn untold(&self) -> MutexGuard<'_, BTreeSet<Arc<[u8]>>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transfers {
    /// Those of the touched zones that have a new serial to tell of.
    pub(crate) fn changed(
        &self,
        mut touched: BTreeSet<Arc<[u8]>>,
        before: &Snapshot,
        after: &Snapshot,
    ) -> BTreeSet<Arc<[u8]>> {
        if self.secondaries.is_empty() {
            return BTreeSet::new();
        }
        let serial = |snapshot: &Snapshot, zone: &[u8]| version(snapshot, zone).map(|found| found.serial());
        touched.retain(|zone| {
            let now = serial(after, zone);
            now.is_some() && now != serial(before, zone)
        });
        touched
    }

    /// Has the secondaries told of these zones, which are answered from already.
    pub(crate) fn tell(&self, zones: &BTreeSet<Arc<[u8]>>) {
        for secondary in self.secondaries.iter().filter(|_| !zones.is_empty()) {
            secondary.untold().extend(zones.iter().cloned());
            secondary.look.notify_one();
        }
    }
}

/// Who tells them.
pub(crate) struct Teller {
    pub(crate) transfers: Arc<Transfers>,
    /// Where queries are answered: what secondaries know this server by.
    pub(crate) from: IpAddr,
    pub(crate) board: Arc<Board>,
    pub(crate) runtime: Arc<dyn Runtime>,
}

impl Teller {
    /// Runs for ever.
    pub(crate) async fn run(self) {
        let all = self.transfers.secondaries.iter().map(|secondary| self.follow(secondary));
        join_all(all).await;
    }

    async fn follow(&self, secondary: &Secondary) {
        loop {
            secondary.look.notified().await;
            let zones = std::mem::take(&mut *secondary.untold());
            self.round(secondary, zones).await;
        }
    }

    async fn round(&self, secondary: &Secondary, mut zones: BTreeSet<Arc<[u8]>>) {
        while !zones.is_empty() {
            let portion: Vec<_> = std::iter::from_fn(|| zones.pop_first()).take(PORTION).collect();
            join_all(portion.iter().map(|zone| self.tell(zone, secondary))).await;
            self.runtime.sleep(PAUSE).await;
        }
    }

    async fn tell(&self, zone: &Arc<[u8]>, secondary: &Secondary) {
        // What it is told includes every change until now.
        secondary.untold().remove(zone);
        let Some(version) = version(&self.board.snapshot(), zone) else { return };
        if version.check().await.is_err() {
            return;
        }
        let (to, zone, serial) = (secondary.address, name::format(zone), version.serial());
        let packet = self.packet(&version);
        // Who does not answer keeps nobody from taking it apart.
        drop(version);
        let outcome = match told(&packet, (self.from, to), &*self.runtime).await {
            Ok(0) => "answered",
            Ok(rcode) => {
                tracing::info!(secondary = %to, zone, serial, rcode, "a secondary does not want to hear of a change");
                "refused"
            }
            Err(error) => {
                tracing::info!(secondary = %to, zone, serial, %error, "a secondary does not hear of a change");
                "unanswered"
            }
        };
        DNS_NOTIFICATIONS.counter(&[outcome]).increment(1);
    }

    fn packet(&self, version: &Version) -> Vec<u8> {
        let id = (self.runtime.random() as u16).to_be_bytes();
        let mut packet = notification(id, version);
        if let Some(key) = self.transfers.keys.first() {
            tsig::sign_request(key, self.runtime.now().as_secs(), &mut packet);
        }
        packet
    }
}

/// Sends a packet until there is a reply; gives the reply's code.
async fn told(packet: &[u8], (from, to): (IpAddr, SocketAddr), runtime: &dyn Runtime) -> io::Result<u8> {
    let socket = UdpSocket::bind((source(from, to), 0)).await?;
    let mut failed = io::Error::from(io::ErrorKind::TimedOut);
    for patience in ATTEMPTS {
        let attempt = async {
            // Replies of others do not reach it.
            socket.connect(to).await?;
            socket.send(packet).await?;
            reply(&socket, &packet[..2]).await
        };
        match runtime.within(patience, attempt).await {
            Some(Ok(rcode)) => return Ok(rcode),
            // Nobody listens there, or no way leads there, yet.
            Some(Err(error)) => {
                failed = error;
                runtime.sleep(patience).await;
            }
            None => {}
        }
    }
    Err(failed)
}

/// The version of a zone that may be transferred, as far as is seen without looking through it.
fn version(snapshot: &Snapshot, zone: &[u8]) -> Option<Version> {
    Version::new(snapshot.zone(zone).filter(|found| *found.apex == *zone)).ok()
}

/// Its SOA record goes along as a hint (RFC 1996 section 3.7): who holds this version, be it from another server, need not ask.
fn notification(id: [u8; 2], version: &Version) -> Vec<u8> {
    let soa = version.soa();
    let (kind, class, ttl) = (soa.kind.to_be_bytes(), CLASS_IN.to_be_bytes(), soa.ttl.to_be_bytes());
    let len = (soa.data.data.len() as u16).to_be_bytes();
    let question: [&[u8]; 3] = [version.apex(), &kind, &class];
    let answer: [&[u8]; 6] = [&SAME_NAME, &kind, &class, &ttl, &len, soa.data.data];
    [&id[..], &FLAGS, &COUNTS, &question.concat(), &answer.concat()].concat()
}

/// Waits for a reply. Forging one keeps a secondary from hearing of a change before it looks, and no more, so nobody has to sign it.
async fn reply(socket: &UdpSocket, id: &[u8]) -> io::Result<u8> {
    let mut reply = [0; 512];
    loop {
        let len = socket.recv(&mut reply).await?;
        if len >= HEADER && reply[..2] == *id && reply[2] & REPLY_MASK == REPLY {
            return Ok(reply[3] & 0x0f);
        }
    }
}

/// Where queries are answered, if packets can go from there to the secondary.
fn source(from: IpAddr, to: SocketAddr) -> IpAddr {
    match (from.is_ipv4() == to.is_ipv4(), to.is_ipv4()) {
        (true, _) => from,
        (false, true) => Ipv4Addr::UNSPECIFIED.into(),
        (false, false) => Ipv6Addr::UNSPECIFIED.into(),
    }
}
