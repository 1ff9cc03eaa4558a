//! Reading a query by hand: header, the one question, and the OPT record among what follows.

use super::Rcode;
use super::edns::Edns;
use controlplane_types::dns::dnssec::NXNAME;
use controlplane_types::dns::name;
use std::net::Ipv4Addr;

/// Octets of a header.
pub(crate) const HEADER: usize = 12;

/// Octets of type, class, TTL and length between a record's owner and its data.
const FIXED: usize = 10;

const TYPE_A: u16 = 1;
const TYPE_OPT: u16 = 41;
pub(crate) const TYPE_IXFR: u16 = 251;
pub(crate) const TYPE_AXFR: u16 = 252;
/// Types with a meaning of their own in questions (RFC 6895 section 3.1): TKEY, TSIG, MAILB, MAILA.
const META_TYPES: &[u16] = &[249, 250, 253, 254];
pub(crate) const CLASS_IN: u16 = 1;

/// A query, as far as it could be read.
pub(crate) struct Message<'a> {
    pub(crate) id: [u8; 2],
    /// Octets 2 and 3: opcode, RD, CD and the like.
    pub(crate) flags: [u8; 2],
    /// To be said back, if it could be read.
    pub(crate) question: Option<Question<'a>>,
    pub(crate) edns: Option<Edns<'a>>,
    /// What is to be looked up, or why that cannot be answered from zones.
    pub(crate) asked: Result<Question<'a>, Problem>,
}

/// The question, in the query's own octets.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    /// Name, type and class as they came.
    pub(crate) octets: &'a [u8],
    /// Length of the name.
    pub(crate) name_len: usize,
    pub(crate) kind: u16,
}

/// What keeps a query from being looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Malformed,
    NotServed,
    Refused,
    Version,
}

impl Problem {
    pub(super) fn rcode(self) -> Rcode {
        match self {
            Problem::Malformed => Rcode::FormErr,
            Problem::NotServed => Rcode::NotImp,
            Problem::Refused => Rcode::Refused,
            Problem::Version => Rcode::BadVers,
        }
    }
}

impl<'a> Message<'a> {
    /// `None` for what must not be answered: less than a header, and responses (answering those would let two
    /// servers talk to each other for ever).
    pub(crate) fn read(packet: &'a [u8]) -> Option<Self> {
        let (&[id @ .., high, low, a, b, c, d, e, f, g, h], _) = packet.split_first_chunk::<HEADER>()?;
        if high & 0x80 != 0 {
            return None;
        }
        let counts = [[a, b], [c, d], [e, f], [g, h]].map(u16::from_be_bytes);
        let asked = Err(Problem::Malformed);
        let mut message = Self { id, flags: [high, low], question: None, edns: None, asked };
        message.asked = message.read_rest(packet, counts);
        Some(message)
    }

    /// `counts` says how many records each section has.
    fn read_rest(&mut self, packet: &'a [u8], counts: [u16; 4]) -> Result<Question<'a>, Problem> {
        let [questions, answers, authorities, additional] = counts;
        let opcode = self.flags[0] >> 3 & 0xf;
        let other = if opcode == 0 { Problem::Malformed } else { Problem::NotServed };
        if questions != 1 {
            return Err(other);
        }
        let question = Question::read(&packet[HEADER..]).ok_or(other)?;
        self.question = Some(question);
        if opcode != 0 {
            return Err(Problem::NotServed);
        }
        let mut records = Records { packet, at: HEADER + question.octets.len() };
        for _ in 0..u32::from(answers) + u32::from(authorities) {
            records.next().filter(|record| record.kind != TYPE_OPT).ok_or(Problem::Malformed)?;
        }
        for _ in 0..additional {
            let record = records.next().ok_or(Problem::Malformed)?;
            self.take_additional(&record)?;
        }
        if records.at != packet.len() {
            return Err(Problem::Malformed);
        }
        self.check(&question).map(|()| question)
    }

    /// The OPT record may be there once, at the root (RFC 6891 section 6.1.1).
    fn take_additional(&mut self, record: &Record<'a>) -> Result<(), Problem> {
        if record.kind != TYPE_OPT {
            return Ok(());
        }
        if self.edns.is_some() || !record.at_root {
            return Err(Problem::Malformed);
        }
        let edns = Edns::new(record.class, record.ttl);
        self.edns = Some(edns);
        if edns.version == 0 {
            self.edns = Some(edns.with_options(record.data).ok_or(Problem::Malformed)?);
        }
        Ok(())
    }

    fn check(&self, question: &Question) -> Result<(), Problem> {
        let class = &question.octets[question.name_len + 2..];
        if self.edns.is_some_and(|edns| edns.version != 0) {
            return Err(Problem::Version);
        }
        if class != CLASS_IN.to_be_bytes() || matches!(question.kind, TYPE_AXFR | TYPE_IXFR) {
            return Err(Problem::Refused);
        }
        match question.kind {
            // RFC 9824 section 3.5 for the last.
            0 | TYPE_OPT | NXNAME => Err(Problem::Malformed),
            kind if META_TYPES.contains(&kind) => Err(Problem::NotServed),
            _ => Ok(()),
        }
    }
}

impl<'a> Question<'a> {
    /// A name in a question is never compressed: there is nothing in front of it to point to.
    pub(crate) fn read(octets: &'a [u8]) -> Option<Self> {
        let name_len = name::wire_len(octets)?;
        let kind = u16_at(octets, name_len)?;
        let octets = octets.get(..name_len + 4)?;
        Some(Self { octets, name_len, kind })
    }
}

pub(crate) struct Record<'a> {
    at_root: bool,
    pub(crate) kind: u16,
    pub(crate) class: u16,
    pub(crate) ttl: u32,
    pub(crate) data: &'a [u8],
}

/// The records behind the question.
pub(crate) struct Records<'a> {
    pub(crate) packet: &'a [u8],
    /// Where the next begins.
    pub(crate) at: usize,
}

impl<'a> Records<'a> {
    pub(crate) fn next(&mut self) -> Option<Record<'a>> {
        let start = self.at;
        let fixed = skip_name(self.packet, start)?;
        let rest = self.packet.get(fixed..).and_then(<[u8]>::split_first_chunk::<FIXED>);
        let (&[kind, kind_low, class, class_low, ttl @ .., len, len_low], rest) = rest?;
        let len = usize::from(u16::from_be_bytes([len, len_low]));
        let record = Record {
            at_root: fixed == start + 1,
            kind: u16::from_be_bytes([kind, kind_low]),
            class: u16::from_be_bytes([class, class_low]),
            ttl: u32::from_be_bytes(ttl),
            data: rest.get(..len)?,
        };
        self.at = fixed + FIXED + len;
        Some(record)
    }
}

/// The A records of a reply of ours whose question ends at `at`.
pub(super) fn address_records(reply: &[u8], at: usize) -> Vec<Ipv4Addr> {
    let mut records = Records { packet: reply, at };
    let answers = u16_at(reply, 6).unwrap_or(0);
    let records = (0..answers).map_while(|_| records.next()).filter(|record| record.kind == TYPE_A);
    records.filter_map(|record| <[u8; 4]>::try_from(record.data).ok()).map(Ipv4Addr::from).collect()
}

/// Where the name at `at` ends. Pointers are stepped over, not followed: no owner but the root matters here.
fn skip_name(packet: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *packet.get(at)? {
            0 => return Some(at + 1),
            len @ 1..=63 => at += usize::from(len) + 1,
            192.. => return packet.get(at + 1).map(|_| at + 2),
            _ => return None,
        }
    }
}

pub(crate) fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..at + 2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
}
