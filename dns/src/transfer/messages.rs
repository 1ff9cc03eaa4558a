//! A zone in messages: each as full as it gets, and signed.
//!
//! Names are compressed to what most of them are: their own labels, and the zone's name, which the question holds; or that of the record
//! before.

use super::contents::{Record, Version};
use super::tsig::Signer;
use crate::answer::message::Message;
use crate::answer::writer::{Pointer, Writer};
use crate::answer::{Arrival, Rcode};
use std::iter::Peekable;

/// What is left of a transfer.
pub(super) struct Messages<I: Iterator> {
    records: Peekable<I>,
    apex_len: usize,
}

/// A record that fits no message.
#[derive(Debug, thiserror::Error)]
#[error("a record is too long for a message")]
pub(crate) struct TooLong;

/// Every record of a version.
pub(super) fn all(version: &Version) -> Messages<impl Iterator<Item = Record<'_>>> {
    Messages { records: version.records().peekable(), apex_len: version.apex().len() }
}

/// The SOA record alone.
pub(super) fn soa(version: &Version) -> Messages<impl Iterator<Item = Record<'_>>> {
    Messages { records: std::iter::once(version.soa()).peekable(), apex_len: version.apex().len() }
}

impl<'z, I: Iterator<Item = Record<'z>>> Messages<I> {
    /// Writes the next reply to `query`, whose question is the zone's name in lower case, and gives its length; 0 at the end.
    pub(super) fn next(
        &mut self,
        (query, arrival): (&[u8], Arrival),
        (signer, now): (&mut Signer<'_>, u64),
        out: &mut [u8],
    ) -> Result<usize, TooLong> {
        if self.records.peek().is_none() {
            return Ok(0);
        }
        let room = out.len().saturating_sub(signer.len());
        let message = Message::read(query).ok_or(TooLong)?;
        let mut writer = Writer::new(&message, arrival, &mut out[..room]).ok_or(TooLong)?;
        writer.authoritative = true;
        if self.fill(&mut writer) == 0 {
            return Err(TooLong);
        }
        let len = writer.finish(&message, Rcode::NoError);
        Ok(signer.sign(now, out, len))
    }

    /// How many records went into the message.
    fn fill(&mut self, writer: &mut Writer<'_>) -> usize {
        let apex = Pointer::QUESTION;
        let mut last: Option<(&[u8], Pointer)> = None;
        let mut count = 0;
        while let Some(record) = self.records.peek().copied() {
            let again = last.filter(|(owner, _)| *owner == record.owner).map(|(_, place)| (&[][..], place));
            let own = record.owner.split_at(record.owner.len() - self.apex_len).0;
            let owner = again.unwrap_or((own, apex));
            let place = writer.named_record(owner, (record.kind, record.ttl), record.data, apex);
            let Some(place) = place else { break };
            if again.is_none() {
                last = Pointer::to(place).map(|place| (record.owner, place));
            }
            self.records.next();
            count += 1;
        }
        count
    }
}
