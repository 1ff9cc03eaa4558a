//! The answering engine: a table per rule, a reference model over random zones, statistics of the random choices,
//! and packets nobody should send.

mod aliases;
mod allocation;
mod decode;
mod draw;
mod envelope;
mod explain;
mod look_up;
mod malformed;
mod model;
mod places;
mod policies;
mod room;
mod rules;
mod signing;

use super::*;
use crate::compile::Compiler;
use crate::location::Geography;
use crate::zone::Store;
use controlplane_proto::dns::FeedMessage;
use decode::Reply;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A sender in no network anybody knows.
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// A compiled feed, with the health checks that fail.
struct World {
    store: Store,
    compiler: Compiler,
    snapshot: Arc<Snapshot>,
    unhealthy: BTreeSet<String>,
    means: Means,
    identity: Identity,
}

impl World {
    fn new(message: &FeedMessage, unhealthy: &[&str]) -> Self {
        Self::placed(message, unhealthy, Geography::default())
    }

    fn placed(message: &FeedMessage, unhealthy: &[&str], geography: Geography) -> Self {
        let mut world = Self {
            store: Store::default(),
            compiler: Compiler::new(Arc::new(geography)),
            snapshot: Default::default(),
            unhealthy: unhealthy.iter().map(|check| (*check).to_owned()).collect(),
            means: Means { random: Random::new(7), signatures: Signatures::large([7, 7]) },
            identity: Identity::default(),
        };
        world.apply(message);
        world
    }

    fn apply(&mut self, message: &FeedMessage) {
        let changes = self.store.apply(message.clone()).unwrap();
        self.snapshot = self.compiler.compile(&self.store, &changes, |check| !self.unhealthy.contains(check));
        assert_eq!(self.compiler.left_out(), &[] as &[String]);
    }

    /// Health checks by slot.
    fn checks(&self) -> BTreeMap<u32, String> {
        self.compiler.slots().checks().map(|(slot, check)| (slot, check.to_owned())).collect()
    }

    fn send(&mut self, packet: &[u8], transport: Transport) -> Vec<u8> {
        self.send_from(packet, transport, NOBODY)
    }

    fn send_from(&mut self, packet: &[u8], transport: Transport, peer: IpAddr) -> Vec<u8> {
        let arrival = Arrival { transport, peer, now: 1559731985, identity: &self.identity };
        let mut out = vec![0; if transport == Transport::Udp { MAX_UDP } else { MAX_TCP }];
        let len = answer(&self.snapshot, packet, arrival, &mut self.means, &mut out);
        out.truncate(len);
        out
    }

    /// Asks as the sender of a query for everybody in `network`.
    fn ask_for(&mut self, name: &str, kind: &str, network: &str) -> Reply {
        let packet = Query::new(name, kind).network(network.parse().unwrap()).packet();
        Reply::read(&self.send(&packet, Transport::Udp))
    }

    fn ask(&mut self, name: &str, kind: &str) -> Reply {
        Reply::read(&self.send(&Query::new(name, kind).packet(), Transport::Udp))
    }
}

/// A query under construction.
#[derive(Clone)]
struct Query {
    header: [u8; 12],
    question: Vec<u8>,
    /// Records behind the question, the OPT record included.
    rest: Vec<u8>,
}

impl Query {
    fn new(name: &str, kind: &str) -> Self {
        let mut question = name::parse(name).unwrap();
        question.extend_from_slice(&type_code(kind).to_be_bytes());
        question.extend_from_slice(&[0, 1]);
        Self { header: [0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], question, rest: Vec::new() }
    }

    fn edns(self, size: u16) -> Self {
        self.opt(size, 0, &[])
    }

    fn opt(mut self, size: u16, ttl: u32, options: &[u8]) -> Self {
        self.header[11] += 1;
        self.rest.extend_from_slice(&[0, 0, 41]);
        self.rest.extend_from_slice(&size.to_be_bytes());
        self.rest.extend_from_slice(&ttl.to_be_bytes());
        self.rest.extend_from_slice(&(options.len() as u16).to_be_bytes());
        self.rest.extend_from_slice(options);
        self
    }

    fn subnet(self, option: &[u8]) -> Self {
        let mut options = vec![0, 8, 0, option.len() as u8];
        options.extend_from_slice(option);
        self.opt(1232, 0, &options)
    }

    /// The client subnet `network`.
    fn network(self, network: IpNet) -> Self {
        let (family, octets) = match network.network() {
            IpAddr::V4(address) => (1, address.octets().to_vec()),
            IpAddr::V6(address) => (2, address.octets().to_vec()),
        };
        let len = usize::from(network.prefix_len().div_ceil(8));
        self.subnet(&[&[0, family, network.prefix_len(), 0], &octets[..len]].concat())
    }

    fn packet(&self) -> Vec<u8> {
        [&self.header[..], &self.question, &self.rest].concat()
    }
}

fn type_code(kind: &str) -> u16 {
    match kind {
        "ANY" => 255,
        "AXFR" => 252,
        "IXFR" => 251,
        "MAILA" => 254,
        "TKEY" => 249,
        "OPT" => 41,
        "RRSIG" => 46,
        "NSEC" => 47,
        "DNSKEY" => 48,
        "NXNAME" => 128,
        "ZERO" => 0,
        kind => RecordType::parse(kind).unwrap().code(),
    }
}
