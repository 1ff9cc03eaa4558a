//! A signed request, from its packet to its reply.

use super::contents::{Refusal, Version, put_serial};
use super::key::Key;
use super::messages;
use super::tsig::{self, Found, Signature, Signer, TsigError, Wrong};
use crate::answer::find::{NameBuffer, zone};
use crate::answer::message::{
    CLASS_IN, HEADER, Message, Problem, Question, Records, TYPE_AXFR, TYPE_IXFR, u16_at,
};
use crate::answer::writer::{Writer, most};
use crate::answer::{Arrival, Means, Rcode, Transport, answer};
use crate::compile::{CompiledZone, Snapshot};
use controlplane_types::dns::{Name, RecordType, name};
use std::sync::Arc;

/// What came from an allowed network with a signature.
pub(crate) enum Request<'t> {
    /// The signature is wrong.
    Wrong(Rejected<'t>),
    /// It is right.
    Signed(Signed<'t>),
}

/// A request whose signature is wrong.
pub(crate) struct Rejected<'t> {
    unsigned: Vec<u8>,
    /// `None`: no signature can be read.
    wrong: Option<(Signature<'t>, Wrong<'t>)>,
    now: u64,
}

/// A request of a peer.
pub(crate) struct Signed<'t> {
    /// Without the signature.
    pub(super) query: Vec<u8>,
    pub(super) signer: Signer<'t>,
    now: u64,
}

/// What a peer wants of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it.
    Whole,
    /// What is newer than this serial.
    Since(u32),
    /// That is not said.
    Unclear,
}

impl<'t> Request<'t> {
    /// `None` if there is no signature.
    pub(super) fn read(packet: &'t [u8], keys: &'t [Key], now: u64) -> Option<Self> {
        // Responses are not answered, whoever signs them.
        Message::read(packet)?;
        let signature = match tsig::find(packet) {
            Found::None => return None,
            Found::Malformed => {
                return Some(Self::Wrong(Rejected { unsigned: packet.to_vec(), wrong: None, now }));
            }
            Found::Signature(signature) => signature,
        };
        let unsigned = signature.unsigned(packet);
        Some(match signature.check(&unsigned, keys, now) {
            Ok(key) => Self::Signed(Signed { query: unsigned, signer: Signer::new(key, signature.mac), now }),
            Err(wrong) => Self::Wrong(Rejected { unsigned, wrong: Some((signature, wrong)), now }),
        })
    }
}

impl Request<'_> {
    /// What it wants of a zone; `None` if it is any other query, or nobody's.
    pub(crate) fn wanted(&self) -> Option<Wanted> {
        match self {
            Self::Signed(signed) => signed.wanted(),
            Self::Wrong(_) => None,
        }
    }

    /// Whether who sent it has a key.
    pub(crate) fn is_proven(&self) -> bool {
        matches!(self, Self::Signed(_))
    }
}

impl Rejected<'_> {
    /// Writes the reply; gives its length.
    pub(super) fn answer(&self, arrival: Arrival, out: &mut [u8]) -> usize {
        let plain = |rcode, out: &mut [u8], added: usize| {
            let message = Message::read(&self.unsigned)?;
            let room = most(&message, arrival.transport).min(out.len()).checked_sub(added)?;
            Some(Writer::new(&message, arrival, &mut out[..room])?.finish(&message, rcode))
        };
        let written = match &self.wrong {
            None | Some((_, Wrong::Malformed)) => plain(Rcode::FormErr, out, 0),
            Some((signature, Wrong::Unproven(error))) => plain(Rcode::NotAuth, out, signature.reject_len())
                .map(|len| signature.reject(*error, self.now, out, len)),
            Some((signature, Wrong::Proven(error, key))) => {
                let mut signer = Signer::new(key, signature.mac);
                let times = (signature.time(), self.now);
                plain(Rcode::NotAuth, out, signer.len()).map(|len| signer.sign_error(*error, times, out, len))
            }
        };
        written.unwrap_or(0)
    }

    /// What is wrong with it, for logs.
    pub(super) fn reason(&self) -> &'static str {
        match self.wrong {
            None | Some((_, Wrong::Malformed)) => "the signature is malformed",
            Some((_, Wrong::Unproven(error) | Wrong::Proven(error, _))) => match error {
                TsigError::Sig => "the signature is not of the key it names",
                TsigError::Key => "the key is not known",
                TsigError::Time => "the peer's clock and ours differ too much",
                TsigError::Trunc => "the signature is cut off",
            },
        }
    }
}

impl Signed<'_> {
    /// The name that is asked for, and the key it is asked with, for logs.
    pub(super) fn names(&self) -> (String, Name) {
        let asked = name::format(self.query.get(HEADER..).unwrap_or_default());
        (asked, self.signer.key.name.clone())
    }

    /// What it wants of a zone; `None` if it is any other query.
    fn wanted(&self) -> Option<Wanted> {
        let message = Message::read(&self.query)?;
        let question = message.question.filter(|_| message.asked.err() == Some(Problem::Refused))?;
        let class = u16_at(question.octets, question.name_len + 2)?;
        match question.kind {
            _ if class != CLASS_IN => None,
            TYPE_AXFR => Some(Wanted::Whole),
            TYPE_IXFR => {
                let serial = held_serial(&self.query, HEADER + question.octets.len());
                Some(serial.map_or(Wanted::Unclear, Wanted::Since))
            }
            _ => None,
        }
    }

    /// Writes the reply that is one message; gives its length. Over UDP a zone is not transferred: who asks for what is new is told
    /// the newest serial, and comes by TCP (RFC 1995 section 2).
    pub(super) fn answer(
        mut self,
        snapshot: &Snapshot,
        arrival: Arrival,
        means: &mut Means,
        out: &mut [u8],
    ) -> usize {
        let room = {
            let Some(message) = Message::read(&self.query) else { return 0 };
            most(&message, arrival.transport).min(out.len())
        };
        let out = &mut out[..room];
        if arrival.transport == Transport::Udp && matches!(self.wanted(), Some(Wanted::Since(_))) {
            return self.newest(snapshot, arrival, out);
        }
        let Some(unsigned) = room.checked_sub(self.signer.len()) else { return 0 };
        let len = answer(snapshot, &self.query, arrival, means, &mut out[..unsigned]);
        if len == 0 {
            return 0;
        }
        show_serial(snapshot, &self.query, &mut out[..len]);
        self.signer.sign(self.now, out, len)
    }

    fn newest(mut self, snapshot: &Snapshot, arrival: Arrival, out: &mut [u8]) -> usize {
        let found = self.zone(snapshot);
        let written = match Version::new(found) {
            Ok(version) => {
                self.lower_case();
                messages::soa(&version).next((&self.query, arrival), (&mut self.signer, self.now), out).ok()
            }
            Err(refusal) => self.refuse(&refusal, arrival, out),
        };
        written.unwrap_or(0)
    }

    /// The zone with the name that is asked for.
    pub(super) fn zone<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Arc<CompiledZone>> {
        let question = Message::read(&self.query)?.question?;
        let asked = NameBuffer::new([&question.octets[..question.name_len], &[]])?;
        snapshot.zone(asked.as_slice()).filter(|zone| *zone.apex == *asked.as_slice())
    }

    /// Names of a transfer lean on the question's, and have the zone's case (RFC 5936 section 3.4).
    pub(super) fn lower_case(&mut self) {
        let end = name::wire_len(&self.query[HEADER..]).map_or(HEADER, |len| HEADER + len);
        self.query[HEADER..end].make_ascii_lowercase();
    }

    /// Writes a reply that says why there is no transfer; gives its length.
    pub(super) fn refuse(&mut self, refusal: &Refusal, arrival: Arrival, out: &mut [u8]) -> Option<usize> {
        let text = refusal.to_string();
        let room = out.len().checked_sub(self.signer.len())?;
        let mut message = Message::read(&self.query)?;
        message.edns = message.edns.map(|edns| edns.with_error(refusal.extended(&text)));
        let len = Writer::new(&message, arrival, &mut out[..room])?.finish(&message, refusal.rcode());
        Some(self.signer.sign(self.now, out, len))
    }
}

/// The serial of the SOA record in the authority section, right behind the question.
fn held_serial(query: &[u8], at: usize) -> Option<u32> {
    if query.get(6..10) != Some(&[0, 0, 0, 1]) {
        return None;
    }
    let record = Records { packet: query, at }.next()?;
    let numbers = record.data.last_chunk::<20>().filter(|_| record.kind == RecordType::Soa.code())?;
    numbers.first_chunk().map(|serial| u32::from_be_bytes(*serial))
}

/// Puts the zone's own serial into the SOA records of a reply; all of them are of the zone that answers.
fn show_serial(snapshot: &Snapshot, query: &[u8], reply: &mut [u8]) {
    let Some(question) = Question::read(&query[HEADER..]) else { return };
    let name = NameBuffer::new([&question.octets[..question.name_len], &[]]);
    let zone = name.and_then(|name| zone(snapshot, name.as_slice(), question.kind));
    let Some(zone) = zone.filter(|zone| zone.signing.is_none() && zone.serial != 0) else { return };
    let mut at = HEADER + question.octets.len();
    while let Some((kind, end)) = record_at(reply, at) {
        if kind == RecordType::Soa.code() {
            put_serial(&mut reply[at..end], zone.serial);
        }
        at = end;
    }
}

/// Type and end of the record at `at`.
fn record_at(reply: &[u8], at: usize) -> Option<(u16, usize)> {
    let mut records = Records { packet: reply, at };
    records.next().map(|record| (record.kind, records.at))
}
