//! What a query gets, for whoever wants to know without asking over the network: the query is written, answered by the one
//! function that answers queries, and the reply read. So it cannot differ from what is sent to a client in the same place.

use super::message::{HEADER, u16_at};
use super::{Arrival, Identity, MAX_TCP, MAX_UDP, Means, RCODES, Transport, answer};
use crate::compile::Snapshot;
use crate::location::Client;
use crate::random::Random;
use controlplane_types::dns::{Name, RecordType, rdata};
use ipnet::IpNet;
use std::net::IpAddr;

/// Octets of type, class, TTL and length between a record's owner and its data.
const FIXED: usize = 10;
/// Pointers followed in one name; ours lead to the question at once.
const MAX_POINTERS: usize = 8;

/// A query to be looked up: it takes datagrams as large as there are.
#[derive(Clone, Debug)]
pub struct LookUp<'a> {
    /// The name.
    pub name: &'a Name,
    /// The type.
    pub kind: RecordType,
    /// Who sends it.
    pub peer: IpAddr,
    /// The client subnet it carries.
    pub subnet: Option<IpNet>,
}

impl LookUp<'_> {
    /// Whose location counts.
    pub fn client(&self) -> Client {
        match self.subnet.filter(|subnet| subnet.prefix_len() > 0) {
            Some(subnet) => Client { address: subnet.network(), prefix: subnet.prefix_len() },
            None => Client::one(self.peer),
        }
    }

    fn packet(&self) -> Vec<u8> {
        let mut packet = vec![0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
        packet.extend_from_slice(self.name.as_wire());
        packet.extend_from_slice(&self.kind.code().to_be_bytes());
        packet.extend_from_slice(&[0, 1]);
        let options = self.subnet.map(option).unwrap_or_default();
        packet.extend_from_slice(&[0, 0, 41]);
        packet.extend_from_slice(&(MAX_UDP as u16).to_be_bytes());
        packet.extend_from_slice(&[0; 4]);
        packet.extend_from_slice(&(options.len() as u16).to_be_bytes());
        packet.extend_from_slice(&options);
        packet
    }
}

/// A client subnet as an option (RFC 7871 section 6).
fn option(subnet: IpNet) -> Vec<u8> {
    let subnet = subnet.trunc();
    let (family, octets) = match subnet.addr() {
        IpAddr::V4(address) => (1, address.octets().to_vec()),
        IpAddr::V6(address) => (2, address.octets().to_vec()),
    };
    let address = &octets[..usize::from(subnet.prefix_len().div_ceil(8))];
    let head = [0, 8, 0, 4 + address.len() as u8, 0, family, subnet.prefix_len(), 0];
    [&head[..], address].concat()
}

/// What a query got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    /// Response code, by name.
    pub rcode: &'static str,
    /// The answer section's data as text, in its order.
    pub data: Vec<String>,
    /// `Udp`, unless a datagram could not hold it.
    pub transport: Transport,
}

/// Looks a query up, over TCP if a datagram cannot hold the reply.
pub fn look_up(snapshot: &Snapshot, query: &LookUp, random: &Random) -> LookedUp {
    let packet = query.packet();
    let (by_datagram, is_cut) = ask(snapshot, query.peer, &packet, Transport::Udp, random);
    match is_cut {
        true => ask(snapshot, query.peer, &packet, Transport::Tcp, random).0,
        false => by_datagram,
    }
}

/// What the reply says, and whether it was cut.
fn ask(
    snapshot: &Snapshot,
    peer: IpAddr,
    packet: &[u8],
    transport: Transport,
    random: &Random,
) -> (LookedUp, bool) {
    let identity = Identity::default();
    let arrival = Arrival { transport, peer, now: 0, identity: &identity };
    let mut reply = vec![0; if transport == Transport::Udp { MAX_UDP } else { MAX_TCP }];
    let len = answer(snapshot, packet, arrival, &mut Means::without_signatures(random.clone()), &mut reply);
    let rcode = RCODES.get(usize::from(reply[3] & 0xf)).copied().unwrap_or_default();
    let looked_up = LookedUp { rcode, data: data(&reply[..len], packet), transport };
    (looked_up, reply[2] & 0x02 != 0)
}

/// The data of the answer section of our reply to `packet`, as far as it can be read.
pub(super) fn data(reply: &[u8], packet: &[u8]) -> Vec<String> {
    let question = name_end(packet, HEADER).map_or(packet.len(), |end| end + 4);
    let (mut at, mut texts) = (question, Vec::new());
    for _ in 0..u16_at(reply, 6).unwrap_or(0) {
        let Some((text, next)) = record(reply, at) else { break };
        texts.extend(text);
        at = next;
    }
    texts
}

/// The text of the record at `at`, if its type is one of ours, and where the next one begins.
fn record(reply: &[u8], at: usize) -> Option<(Option<String>, usize)> {
    let fixed = name_end(reply, at)?;
    let start = fixed + FIXED;
    let kind = RecordType::from_code(u16_at(reply, fixed)?);
    let end = start + usize::from(u16_at(reply, start - 2)?);
    let name_at = match kind {
        Some(RecordType::Ns | RecordType::Cname | RecordType::Ptr) => Some(start),
        Some(RecordType::Mx) => Some(start + 2),
        _ => None,
    };
    let mut data = reply.get(start..name_at.unwrap_or(end))?.to_vec();
    if let Some(name_at) = name_at {
        append_name(reply, name_at, &mut data)?;
    }
    Some((kind.and_then(|kind| rdata::format(kind, &data)), end))
}

/// Where the labels of the name at `at` end: at the root, or at a pointer.
fn labels_end(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 | 192.. => return Some(at),
            len => at += usize::from(len) + 1,
        }
    }
}

/// Where the name at `at` ends in the message.
fn name_end(message: &[u8], at: usize) -> Option<usize> {
    let end = labels_end(message, at)?;
    Some(end + if message[end] == 0 { 1 } else { 2 })
}

/// Appends the name at `at`, pointers followed.
fn append_name(message: &[u8], mut at: usize, out: &mut Vec<u8>) -> Option<()> {
    for _ in 0..MAX_POINTERS {
        let end = labels_end(message, at)?;
        out.extend_from_slice(&message[at..end]);
        if message[end] == 0 {
            out.push(0);
            return Some(());
        }
        at = usize::from(u16_at(message, end)? & 0x3fff);
    }
    None
}
