//! One function from packet to packet: [`answer`] serves UDP and TCP alike.
//!
//! Pure and on the query path: no lock, no allocation, no clock. All it needs is handed in: the snapshot, the
//! packet, how it came, a generator and signatures made before, and the buffer for the reply. Only making a new signature
//! allocates. The order of the checks is the order in which a
//! reader of a packet meets the fields, so a reply never depends on octets behind the first fault.
//!
//! Names keep the case of the question (every owner is a pointer into the question's copy), so clients that mix
//! the case as a nonce get it back. Responses are minimal: no NS set in authority, nothing additional but glue.

mod cookie;
mod denial;
mod dnssec;
mod draw;
pub(crate) mod edns;
mod explain;
pub(crate) mod find;
mod logged;
mod look_up;
pub(crate) mod message;
mod resolve;
mod signatures;
pub(crate) mod writer;

use crate::compile::{Chooser, Snapshot};
use crate::location::Client;
use crate::random::Random;
use controlplane_types::dns::{Name, RecordType, name};
pub use cookie::CookieSecret;
use dnssec::Dnssec;
pub use draw::draw;
pub use explain::{Asked, Explanation, Finding, GroupStep, MemberStep, NameStep, explain};
pub use logged::{Logged, logged};
pub use look_up::{LookUp, LookedUp, look_up};
use message::Message;
use resolve::Resolution;
pub use signatures::Signatures;
use std::net::{IpAddr, Ipv4Addr};
use writer::Writer;

/// Largest reply over UDP (route53.md section 8.4).
pub const MAX_UDP: usize = 4096;

/// Largest message over TCP (RFC 1035 section 4.2.2).
pub const MAX_TCP: usize = 65535;

/// How a query came, and from whom.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'i> {
    /// How.
    pub transport: Transport,
    /// The sender.
    pub peer: IpAddr,
    /// When, in seconds since 1970, wrapping.
    pub now: u32,
    /// Whom it came to.
    pub identity: &'i Identity,
}

/// What a server says of itself.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// For cookies.
    pub secret: CookieSecret,
    /// For clients that ask which server answered (RFC 5001); nothing by default.
    pub nsid: Box<[u8]>,
}

/// What a worker answers with and nobody shares.
pub struct Means {
    /// For choices.
    pub random: Random,
    /// Made for earlier answers.
    pub signatures: Signatures,
}

impl Means {
    /// Where none are made: for zones that are not signed, and queries that do not ask for it.
    pub fn without_signatures(random: Random) -> Self {
        Self { random, signatures: Signatures::small([0; 2]) }
    }
}

/// How a query came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In one datagram: replies that do not fit are truncated.
    Udp,
    /// Over a connection.
    Tcp,
}

/// Response codes (RFC 1035 section 4.1.1, RFC 6891 section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Rcode {
    /// No error.
    NoError = 0,
    /// The query cannot be read.
    FormErr = 1,
    /// The zone is not complete, or the answer fits no message.
    ServFail = 2,
    /// The name does not exist.
    NxDomain = 3,
    /// The operation is not served.
    NotImp = 4,
    /// The name lies in no zone of ours, or the class is not IN.
    Refused = 5,
    /// Not authoritative for the zone, or the query is not signed as it has to be (RFC 8945 section 5.3.2).
    NotAuth = 9,
    /// The EDNS version is not 0.
    BadVers = 16,
}

/// Names of the response codes in a header, by code.
pub(crate) const RCODES: [&str; 6] = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/// Writes the reply to `packet` into `out` and gives its length; 0 means that nothing must be sent, because the
/// packet is no query. `out` should hold [`MAX_UDP`] or [`MAX_TCP`] octets; replies fit what it holds.
pub fn answer(
    snapshot: &Snapshot,
    packet: &[u8],
    arrival: Arrival,
    means: &mut Means,
    out: &mut [u8],
) -> usize {
    let Some(message) = Message::read(packet) else {
        return 0;
    };
    let Some(mut writer) = Writer::new(&message, arrival, out) else {
        return 0;
    };
    let rcode = match &message.asked {
        Err(problem) => problem.rcode(),
        Ok(question) => {
            let client = message.edns.and_then(|edns| edns.client());
            let client = client.unwrap_or_else(|| Client::one(arrival.peer));
            let wanted = message.edns.is_some_and(|edns| edns.dnssec_ok());
            let dnssec = Dnssec { wanted, signatures: &mut means.signatures, now: arrival.now };
            let chooser = Chooser::new(snapshot, client, &mut means.random);
            Resolution::new(snapshot, question, &mut writer, chooser, dnssec).run()
        }
    };
    writer.finish(&message, rcode)
}

/// Whether a query shows a cookie of ours: its sender is who it says it is.
pub fn is_proven(packet: &[u8], arrival: &Arrival) -> bool {
    let edns = Message::read(packet).and_then(|message| message.edns);
    edns.is_some_and(|edns| edns.shows_cookie(arrival))
}

/// Cuts a reply to its question and the bit that asks to come over TCP; gives its length.
pub fn cut(reply: &mut [u8]) -> usize {
    let name = reply.get(message::HEADER..).and_then(name::wire_len);
    let questions = reply.get(4..6) == Some(&[0, 1]);
    let end = message::HEADER + name.filter(|_| questions).map_or(0, |name| name + 4);
    let Some(header) = reply.first_chunk_mut::<{ message::HEADER }>() else {
        return 0;
    };
    header[2] |= 0x02;
    header[6..].fill(0);
    end.min(reply.len())
}

/// The addresses our own zones give this machine for `name`; `None` if it lies in none of them. For callers off the query path.
pub fn addresses(snapshot: &Snapshot, name: &Name, random: Random) -> Option<Vec<Ipv4Addr>> {
    snapshot.zone(name.as_wire())?;
    let mut packet = vec![0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    packet.extend_from_slice(name.as_wire());
    packet.extend_from_slice(&[0, RecordType::A.code() as u8, 0, 1]);
    let mut reply = vec![0; MAX_TCP];
    let identity = Identity::default();
    let peer = Ipv4Addr::LOCALHOST.into();
    let arrival = Arrival { transport: Transport::Tcp, peer, now: 0, identity: &identity };
    let mut means = Means::without_signatures(random);
    let len = answer(snapshot, &packet, arrival, &mut means, &mut reply);
    Some(message::address_records(&reply[..len], packet.len()))
}

#[cfg(test)]
mod tests;
