//! What of a zone is transferred: everything, or nothing where that would say something else than the answers do.
//!
//! A copy holds records, and answers everybody with the same. So a zone whose answers hang on who asks, on health or on a draw is not
//! copied, nor one that is signed as it is answered. An alias is copied as the records it leads to.

use crate::answer::Rcode;
use crate::answer::edns::ExtendedError;
use crate::compile::{Answer, CompiledZone, Group};
use crate::zone::{Rendered, RenderedRecord};
use controlplane_types::dns::{RecordType, name};
use std::fmt;
use std::sync::Arc;
use tokio::task::yield_now;

/// Names looked at before others get their turn.
const TURN: usize = 4096;

/// Why a zone is not transferred now.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("not authoritative for this zone")]
    NotAuthoritative,
    #[error("the zone's serial number is not known yet")]
    NotReady,
    #[error("the zone is signed as it is answered, so it has no signatures to transfer")]
    Signed,
    #[error("{0} answers by a routing policy, which no transfer can tell")]
    Policy(SetName),
    #[error("{0} is an alias that leads nowhere, which no transfer can tell")]
    Alias(SetName),
    #[error("too many transfers at once")]
    Busy,
    #[error("no serial number is given to start from")]
    NoSerial,
}

/// Name and type of a set.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SetName {
    name: String,
    kind: u16,
}

impl fmt::Display for SetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match RecordType::from_code(self.kind) {
            Some(kind) => write!(f, "{} {kind}", self.name),
            None => write!(f, "{} TYPE{}", self.name, self.kind),
        }
    }
}

impl Refusal {
    pub(super) fn rcode(&self) -> Rcode {
        match self {
            Self::NotAuthoritative => Rcode::NotAuth,
            Self::NotReady => Rcode::ServFail,
            Self::NoSerial => Rcode::FormErr,
            Self::Signed | Self::Policy(_) | Self::Alias(_) | Self::Busy => Rcode::Refused,
        }
    }

    /// With `text`, which is this error's.
    pub(super) fn extended<'t>(&self, text: &'t str) -> ExtendedError<'t> {
        let code = match self {
            Self::NotAuthoritative => 20,
            Self::NotReady => 14,
            Self::Signed | Self::Policy(_) | Self::Alias(_) => 21,
            Self::Busy | Self::NoSerial => 0,
        };
        ExtendedError { code, text }
    }
}

/// One version of a zone, to be transferred.
#[derive(Debug)]
pub(super) struct Version {
    zone: Arc<CompiledZone>,
    /// With the zone's serial in it.
    soa: Rendered,
}

/// A record to be transferred.
#[derive(Clone, Copy)]
pub(super) struct Record<'z> {
    /// Lower case, in wire form.
    pub(super) owner: &'z [u8],
    pub(super) kind: u16,
    pub(super) ttl: u32,
    pub(super) data: RenderedRecord<'z>,
}

impl Version {
    /// The version that is answered from, if it may be told at all; [`Self::check`] says whether it may be told whole.
    pub(super) fn new(zone: Option<&Arc<CompiledZone>>) -> Result<Self, Refusal> {
        let zone = zone.ok_or(Refusal::NotAuthoritative)?;
        if zone.signing.is_some() {
            return Err(Refusal::Signed);
        }
        let group = zone.node(&zone.apex).and_then(|apex| apex.group(RecordType::Soa.code()));
        let given = group.and_then(|group| group.only()?.rendered());
        let given = given.filter(|_| zone.serial != 0).ok_or(Refusal::NotReady)?;
        let (ttl, record) = (given.ttl, given.record(0));
        let mut data = record.data.to_vec();
        put_serial(&mut data, zone.serial);
        Ok(Self { zone: zone.clone(), soa: Rendered::of_data(ttl, &[data]) })
    }

    pub(super) fn serial(&self) -> u32 {
        self.zone.serial
    }

    /// Lower case, in wire form.
    pub(super) fn apex(&self) -> &[u8] {
        &self.zone.apex
    }

    /// Whether who holds `serial` has nothing to get (RFC 1982 section 3.2).
    pub(super) fn is_known_at(&self, serial: u32) -> bool {
        serial.wrapping_sub(self.zone.serial).cast_signed() >= 0
    }

    /// Whether a copy would say the same as the answers do.
    pub(super) async fn check(&self) -> Result<(), Refusal> {
        for (number, node) in self.zone.nodes().enumerate() {
            node.groups.iter().try_for_each(|group| settled(&self.zone, &node.name, group).map(drop))?;
            if number % TURN == TURN - 1 {
                yield_now().await;
            }
        }
        Ok(())
    }

    /// The SOA record, as transfers and current peers are told it.
    pub(super) fn soa(&self) -> Record<'_> {
        let (kind, ttl) = (RecordType::Soa.code(), self.soa.ttl);
        Record { owner: self.apex(), kind, ttl, data: self.soa.record(0) }
    }

    /// Every record, between two copies of the SOA record (RFC 5936 section 2.2).
    pub(super) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let sets =
            self.zone.nodes().flat_map(|node| node.groups.iter().map(move |group| (&*node.name, group)));
        let others = sets.filter(|(_, group)| group.kind != RecordType::Soa.code());
        // What a check refuses is not transferred at all.
        let others = others.filter_map(move |(name, group)| {
            Some((name, group.kind, settled(&self.zone, name, group).ok()?))
        });
        let others = others.flat_map(|(owner, kind, set)| {
            let record = move |number| Record { owner, kind, ttl: set.ttl, data: set.record(number) };
            (0..told(kind, set)).map(record)
        });
        std::iter::once(self.soa()).chain(others).chain(std::iter::once(self.soa()))
    }
}

/// How many records of a set are answers: of CNAMEs the first alone.
fn told(kind: u16, set: &Rendered) -> usize {
    if kind == RecordType::Cname.code() { 1 } else { set.len() }
}

/// The records a group answers everybody with.
fn settled<'z>(zone: &'z CompiledZone, name: &[u8], group: &'z Group) -> Result<&'z Rendered, Refusal> {
    let named = || SetName { name: name::format(name), kind: group.kind };
    let mut next = group;
    loop {
        match &next.only().ok_or_else(|| Refusal::Policy(named()))?.answer {
            Answer::Records(records) => return Ok(&**records),
            // No alias of a compiled zone leads back to itself.
            Answer::Alias(number) => next = zone.target(*number).ok_or_else(|| Refusal::Alias(named()))?,
            Answer::Loop => return Err(Refusal::Alias(named())),
        }
    }
}

/// Sets the serial in the data of an SOA record: the first of the five numbers at its end.
pub(super) fn put_serial(data: &mut [u8], serial: u32) {
    if let Some(at) = data.len().checked_sub(20) {
        data[at..at + 4].copy_from_slice(&serial.to_be_bytes());
    }
}
