//! Transfers as a peer sees them, which signs, verifies and reads with another implementation of DNS.

mod notifications;
mod refused;
mod signatures;
mod whole;

use super::sending::Link;
use super::*;
use crate::answer::{Identity, MAX_TCP, MAX_UDP, Signatures, Transport};
use crate::compile::Compiler;
use crate::location::Geography;
use crate::random::Random;
use crate::tests::TestRuntime;
use crate::zone::Store;
use crate::zone::tests::{set, snapshot, zone};
use controlplane_proto::dns::{FeedMessage, RecordSet};
use controlplane_types::Runtime;
use hickory_proto::op::{Edns, Message, Query, ResponseCode};
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::rdata::tsig::TsigAlgorithm;
use hickory_proto::rr::{Name, RData, Record, RecordType, TSigVerifier, TSigner};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
const SERIAL: u32 = 1_800_000_000;

/// A server that knows the key `peer.example.`, and one zone.
struct World {
    transfers: Arc<Transfers>,
    snapshot: Arc<Snapshot>,
    compiler: Compiler,
    store: Store,
    identity: Identity,
}

/// The zone `example.com.` with a serial.
fn with_serial(sets: Vec<RecordSet>) -> FeedMessage {
    FeedMessage { zones: vec![zone(None, SERIAL)], ..snapshot(1, sets) }
}

impl World {
    fn new(message: &FeedMessage) -> Self {
        Self::telling(message, Vec::new())
    }

    /// One that tells these secondaries.
    fn telling(message: &FeedMessage, notify: Vec<SocketAddr>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n").unwrap();
        let keys = vec![KeyFile { name: "peer.example".to_owned(), path }];
        let to = vec!["192.0.2.0/24".parse().unwrap()];
        let mut world = Self {
            transfers: Transfers::load(&TransferConfig { keys, to, notify }).unwrap().unwrap(),
            snapshot: Arc::default(),
            compiler: Compiler::new(Arc::new(Geography::default())),
            store: Store::default(),
            identity: Identity::default(),
        };
        world.apply(message);
        world
    }

    fn apply(&mut self, message: &FeedMessage) {
        let changes = self.store.apply(message.clone()).unwrap();
        self.snapshot = self.compiler.compile(&self.store, &changes, |_| true);
    }

    fn arrival(&self, transport: Transport) -> Arrival<'_> {
        Arrival { transport, peer: PEER, now: 0, identity: &self.identity }
    }

    fn request<'t>(&'t self, packet: &'t [u8]) -> Option<Request<'t>> {
        self.transfers.request(packet, PEER, TestRuntime.now())
    }

    /// The replies to a request over TCP.
    async fn transfer(&self, packet: &[u8]) -> Vec<Vec<u8>> {
        let request = self.request(packet).unwrap();
        let wanted = request.wanted().expect("a transfer is asked for");
        let Request::Signed(signed) = request else { panic!("it is not signed") };
        let zone = signed.version(&self.snapshot);
        let (mut sent, mut buffer) = (Vec::new(), vec![0; 2 + MAX_TCP]);
        let (writer, patience) = (&mut sent, Duration::from_secs(10));
        let mut link = Link { writer, buffer: &mut buffer, runtime: &TestRuntime, patience };
        let arrival = self.arrival(Transport::Tcp);
        self.transfers.transfer(signed, (wanted, zone), arrival, &mut link).await.unwrap();
        let mut messages = Vec::new();
        let mut rest = sent.as_slice();
        while let Some((len, after)) = rest.split_first_chunk::<2>() {
            let (message, after) = after.split_at(usize::from(u16::from_be_bytes(*len)));
            messages.push(message.to_vec());
            rest = after;
        }
        messages
    }

    /// The one reply to a signed packet; empty for none.
    fn answer(&self, packet: &[u8], transport: Transport) -> Vec<u8> {
        let request = self.request(packet).expect("it is signed");
        let mut out = vec![0; if transport == Transport::Udp { MAX_UDP } else { MAX_TCP }];
        let mut means = Means { random: Random::new(7), signatures: Signatures::small([7, 7]) };
        let arrival = self.arrival(transport);
        let len = self.transfers.answer(request, &self.snapshot, arrival, &mut means, &mut out);
        out.truncate(len);
        out
    }
}

fn now() -> u64 {
    TestRuntime.now().as_secs()
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn key(secret: &[u8], key: &str, algorithm: TsigAlgorithm) -> TSigner {
    TSigner::new(secret.to_vec(), algorithm, name(key), 300).unwrap()
}

/// A peer's own key.
fn known() -> TSigner {
    key(SECRET, "peer.example.", TsigAlgorithm::HmacSha256)
}

fn question(zone: &str, kind: RecordType) -> Message {
    let mut message = Message::query();
    message.add_query(Query::query(name(zone), kind));
    message
}

/// With what a peer holds already.
fn since(zone: &str, serial: u32) -> Message {
    let mut message = question(zone, RecordType::IXFR);
    let soa = SOA::new(name("ns."), name("mail."), serial, 1, 1, 1, 1);
    message.add_authority(Record::from_rdata(name(zone), 0, RData::SOA(soa)));
    message
}

/// The packet, and what verifies its replies.
fn signed(mut message: Message) -> (Vec<u8>, TSigVerifier) {
    let verifier = message.finalize(&known(), now()).unwrap().unwrap();
    (message.to_vec().unwrap(), verifier)
}

/// Every reply, verified in its order.
fn verified(verifier: &mut TSigVerifier, replies: &[Vec<u8>]) -> Vec<Message> {
    let message = |reply: &Vec<u8>| {
        verifier.verify(reply).expect("it is signed right");
        Message::from_vec(reply).unwrap()
    };
    replies.iter().map(message).collect()
}

fn serial(record: &Record) -> u32 {
    let RData::SOA(soa) = &record.data else { panic!("{record} is no SOA record") };
    soa.serial
}
