//! Counters of what was answered. Handles are fetched once; counting a reply is one addition.

use metrics::Counter;

const RCODES: [&str; 6] = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/// `hearth_dns_queries_total{transport,rcode}`, by the four bits of the header, and
/// `hearth_dns_unanswered_total{transport}`.
pub(crate) struct Tally {
    by_rcode: [Counter; 6],
    unanswered: Counter,
}

impl Tally {
    pub(crate) fn new(transport: &'static str) -> Self {
        let counter =
            |rcode| metrics::counter!("hearth_dns_queries_total", "transport" => transport, "rcode" => rcode);
        Self {
            by_rcode: RCODES.map(counter),
            unanswered: metrics::counter!("hearth_dns_unanswered_total", "transport" => transport),
        }
    }

    /// Counts a reply, or the lack of one.
    pub(crate) fn count(&self, reply: &[u8]) {
        let rcode = reply.get(3).map(|flags| usize::from(flags & 0xf));
        let counter = rcode.and_then(|rcode| self.by_rcode.get(rcode));
        counter.unwrap_or(&self.unanswered).increment(1);
    }
}
