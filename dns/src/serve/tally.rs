//! Counters of what was answered. Handles are fetched once; counting a reply is one addition.

use crate::answer::{RCODES, Rcode};
use controlplane_telemetry::metrics::catalogue::{DNS_QUERIES, DNS_UNANSWERED};
use metrics::Counter;
use std::time::Duration;

/// Where replies with this code are counted, which only signed queries get.
const NOT_AUTH: usize = RCODES.len();
/// Where the lack of a reply is.
const UNANSWERED: usize = NOT_AUTH + 1;
/// How much older than the truth counters may be that a worker keeps to itself.
const TELL_AFTER: Duration = Duration::from_millis(100);

/// By the four bits of the header; what is no reply was not answered.
fn place(reply: &[u8]) -> usize {
    match reply.get(3).map_or(UNANSWERED, |flags| usize::from(flags & 0xf)) {
        rcode if rcode < RCODES.len() => rcode,
        rcode if rcode == Rcode::NotAuth as usize => NOT_AUTH,
        _ => UNANSWERED,
    }
}

/// The counters everybody shares.
pub(crate) struct Tally([Counter; UNANSWERED + 1]);

impl Tally {
    pub(crate) fn new(transport: &'static str) -> Self {
        Self(std::array::from_fn(|place| match RCODES.get(place) {
            Some(rcode) => DNS_QUERIES.counter(&[transport, rcode]),
            None if place == NOT_AUTH => DNS_QUERIES.counter(&[transport, "NOTAUTH"]),
            None => DNS_UNANSWERED.counter(&[transport]),
        }))
    }

    /// Counts a reply, or the lack of one.
    pub(crate) fn count(&self, reply: &[u8]) {
        self.0[place(reply)].increment(1);
    }
}

/// A worker's own numbers, told to the shared counters ten times a second: were these written with every reply, their cache line
/// would travel from core to core with every query.
pub(crate) struct LocalTally {
    shared: Tally,
    own: [u64; UNANSWERED + 1],
    told_at: Duration,
}

impl LocalTally {
    pub(crate) fn new(transport: &'static str) -> Self {
        Self { shared: Tally::new(transport), own: Default::default(), told_at: Duration::ZERO }
    }

    /// Counts a reply, or the lack of one.
    pub(crate) fn count(&mut self, reply: &[u8]) {
        self.own[place(reply)] += 1;
    }

    /// To be called after each batch.
    pub(crate) fn tell(&mut self, now: Duration) {
        if now.saturating_sub(self.told_at) < TELL_AFTER {
            return;
        }
        self.told_at = now;
        for (own, shared) in self.own.iter_mut().zip(&self.shared.0).filter(|(own, _)| **own > 0) {
            shared.increment(std::mem::take(own));
        }
    }
}
