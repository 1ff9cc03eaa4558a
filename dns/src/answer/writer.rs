//! Writing the reply: question, records, and at the end OPT and header, when everything is known.

use super::message::{HEADER, Message};
use super::{Arrival, MAX_TCP, MAX_UDP, Rcode, Transport};
use crate::zone::RenderedRecord;
use controlplane_types::dns::name;

/// Smallest reply every client takes (RFC 1035 section 4.2.1).
const MIN_UDP: usize = 512;

/// The place of a name in the reply, as a compression pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pointer(u16);

impl Pointer {
    /// The question's name.
    pub(crate) const QUESTION: Self = Self(0xc000 | HEADER as u16);

    /// `None` where pointers, which have 14 bits, may not reach all of a name.
    pub(crate) fn to(offset: usize) -> Option<Self> {
        (offset + name::MAX_WIRE <= 0x4000).then_some(Self(0xc000 | offset as u16))
    }

    /// What of the name is left behind so many of its octets.
    pub(super) fn behind(self, octets: usize) -> Self {
        Self(self.0 + octets as u16)
    }

    fn offset(self) -> usize {
        usize::from(self.0 & 0x3fff)
    }
}

/// The sections records are counted in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Section {
    Answer,
    Authority,
    Additional,
}

/// A reply in the making.
pub(crate) struct Writer<'o> {
    out: &'o mut [u8],
    at: usize,
    /// Records end here; room for the OPT record is kept behind it.
    limit: usize,
    question_end: usize,
    counts: [u16; 3],
    arrival: Arrival<'o>,
    /// Cleared for referrals.
    pub(crate) authoritative: bool,
    /// How much of the client's network the answer hung on.
    pub(super) scope: u8,
    overflow: bool,
}

/// Octets a reply may have.
pub(crate) fn most(message: &Message, transport: Transport) -> usize {
    match (transport, message.edns) {
        (Transport::Tcp, _) => MAX_TCP,
        (Transport::Udp, Some(edns)) => edns.udp_size().clamp(MIN_UDP, MAX_UDP),
        (Transport::Udp, None) => MIN_UDP,
    }
}

impl<'o> Writer<'o> {
    /// Copies the question; `None` if `out` cannot even hold that.
    pub(crate) fn new(message: &Message, arrival: Arrival<'o>, out: &'o mut [u8]) -> Option<Self> {
        let question = message.question.map_or(&[][..], |question| question.octets);
        let question_end = HEADER + question.len();
        let most = most(message, arrival.transport);
        let opt_len = message.edns.map_or(0, |edns| edns.reply_len(&arrival));
        let limit = most.min(out.len()).checked_sub(opt_len).filter(|limit| *limit >= question_end)?;
        out[HEADER..question_end].copy_from_slice(question);
        Some(Self {
            out,
            at: question_end,
            limit,
            question_end,
            counts: [0; 3],
            arrival,
            authoritative: false,
            scope: 0,
            overflow: false,
        })
    }

    /// Appends a record and gives the place of its data; `None` if it does not fit. `apex` is what the data of a
    /// name in the zone ends with.
    pub(super) fn record(
        &mut self,
        section: Section,
        owner: Pointer,
        kind: u16,
        ttl: u32,
        record: RenderedRecord,
        apex: Pointer,
    ) -> Option<usize> {
        let tail = if record.in_zone { 2 } else { 0 };
        let len = record.data.len() + tail;
        let data = self.at + 12;
        let end = Some(data + len).filter(|end| *end <= self.limit)?;
        let out = &mut self.out[self.at..end];
        out[..2].copy_from_slice(&owner.0.to_be_bytes());
        out[2..4].copy_from_slice(&kind.to_be_bytes());
        out[4..6].copy_from_slice(&[0, 1]);
        out[6..10].copy_from_slice(&ttl.to_be_bytes());
        out[10..12].copy_from_slice(&(len as u16).to_be_bytes());
        out[12..12 + record.data.len()].copy_from_slice(record.data);
        if record.in_zone {
            out[12 + record.data.len()..].copy_from_slice(&apex.0.to_be_bytes());
        }
        self.counts[section as usize] += 1;
        self.at = end;
        Some(data)
    }

    /// Appends a record to the answer whose owner is `labels` and what `tail` points to; gives the place of the owner.
    pub(crate) fn named_record(
        &mut self,
        (labels, tail): (&[u8], Pointer),
        (kind, ttl): (u16, u32),
        record: RenderedRecord,
        apex: Pointer,
    ) -> Option<usize> {
        let owner = self.at;
        let end = owner + labels.len();
        self.out.get_mut(owner..end)?.copy_from_slice(labels);
        self.at = end;
        if self.record(Section::Answer, tail, kind, ttl, record, apex).is_none() {
            self.at = owner;
            return None;
        }
        Some(owner)
    }

    /// The first octets of a name.
    pub(super) fn written(&self, name: Pointer, len: usize) -> &[u8] {
        &self.out[name.offset()..name.offset() + len]
    }

    /// Where the next record goes.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Something that has to be in the reply does not fit.
    pub(super) fn overflow(&mut self) {
        self.overflow = true;
    }

    /// Completes the reply and gives its length. What does not fit a datagram is dropped whole and marked, so that
    /// the client asks again over TCP; half an RRset would only be thrown away there (RFC 2181 section 9).
    pub(crate) fn finish(mut self, message: &Message, rcode: Rcode) -> usize {
        let mut rcode = rcode as u16;
        let mut truncated = false;
        if self.overflow {
            self.at = self.question_end;
            self.counts = [0; 3];
            match self.arrival.transport {
                Transport::Udp => truncated = true,
                Transport::Tcp => rcode = Rcode::ServFail as u16,
            }
        }
        let mut additional = self.counts[Section::Additional as usize];
        if let Some(edns) = message.edns {
            let end = self.at + edns.reply_len(&self.arrival);
            edns.write_reply((rcode >> 4) as u8, self.scope, &self.arrival, &mut self.out[self.at..end]);
            self.at = end;
            additional += 1;
        }
        let flags = self.flags(message, rcode, truncated);
        let counts = [u16::from(message.question.is_some()), self.counts[0], self.counts[1], additional];
        let header = &mut self.out[..HEADER];
        header[..2].copy_from_slice(&message.id);
        header[2..4].copy_from_slice(&flags);
        for (field, count) in header[4..].chunks_exact_mut(2).zip(counts) {
            field.copy_from_slice(&count.to_be_bytes());
        }
        self.at
    }

    /// QR, the query's opcode and RD, AA, TC; the query's CD; RA and AD stay clear: nothing is recursed or validated.
    fn flags(&self, message: &Message, rcode: u16, truncated: bool) -> [u8; 2] {
        let copied = message.flags[0] & 0b0111_1001;
        let authoritative = u8::from(self.authoritative) << 2;
        let high = 0x80 | copied | authoritative | u8::from(truncated) << 1;
        [high, (message.flags[1] & 0x10) | (rcode & 0xf) as u8]
    }
}
