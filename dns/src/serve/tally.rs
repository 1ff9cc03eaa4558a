//! Counters of what was answered. Handles are fetched once; counting a reply is one addition.

use controlplane_telemetry::metrics::catalogue::{DNS_QUERIES, DNS_UNANSWERED};
use metrics::Counter;

const RCODES: [&str; 6] = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/// By the four bits of the header; what is no reply was not answered.
pub(crate) struct Tally {
    by_rcode: [Counter; 6],
    unanswered: Counter,
}

impl Tally {
    pub(crate) fn new(transport: &'static str) -> Self {
        let counter = |rcode| DNS_QUERIES.counter(&[transport, rcode]);
        Self { by_rcode: RCODES.map(counter), unanswered: DNS_UNANSWERED.counter(&[transport]) }
    }

    /// Counts a reply, or the lack of one.
    pub(crate) fn count(&self, reply: &[u8]) {
        let rcode = reply.get(3).map(|flags| usize::from(flags & 0xf));
        let counter = rcode.and_then(|rcode| self.by_rcode.get(rcode));
        counter.unwrap_or(&self.unanswered).increment(1);
    }
}
