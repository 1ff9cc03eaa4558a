//! Transfers of zones to other name servers: AXFR (RFC 5936) and IXFR (RFC 1995), for peers that sign with a known key (TSIG, RFC
//! 8945) and come from an allowed network. Nobody else notices that any of this exists.
//!
//! What such a peer asks, a transfer or a plain query, is answered signed, and with the zone's own serial number in SOA records: Route
//! 53's stands still unless somebody edits it, and who copies a zone goes by it. Everybody else is shown what the user wrote.
//!
//! Name servers that are named for it are told when a zone changed (NOTIFY, RFC 1996), and need not wait for their next look.
//!
//! A transfer reads one version of a zone from its first message to its last, whatever changes meanwhile. IXFR is answered with
//! the whole zone (RFC 1995 section 4), or with the SOA record alone if there is nothing new.

mod contents;
mod key;
mod messages;
mod notify;
mod request;
mod sending;
mod slots;
mod tsig;

pub use key::{KeyError, KeyFile, TransferConfig};
pub(crate) use notify::Teller;
pub(crate) use request::Request;
use request::{Signed, Wanted};
pub(crate) use sending::Link;

use crate::answer::{Arrival, Means};
use crate::compile::Snapshot;
use controlplane_telemetry::metrics::catalogue::DNS_TRANSFERS;
use controlplane_types::Timestamp;
use ipnet::IpNet;
use key::Key;
use metrics::Counter;
use notify::Secondary;
use slots::Slots;
use std::net::IpAddr;
use std::sync::Arc;

/// Who may transfer zones, who does, and who is told when they change.
pub(crate) struct Transfers {
    keys: Vec<Key>,
    to: Vec<IpNet>,
    slots: Arc<Slots>,
    secondaries: Vec<Secondary>,
    outcomes: [Counter; OUTCOMES.len()],
}

/// What became of a request.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    /// The zone was sent whole.
    Sent,
    /// The peer had it already.
    Current,
    /// It was refused.
    Refused,
    /// Its signature was.
    BadSignature,
    /// The peer went away.
    Broken,
}

/// Their names, in their order.
const OUTCOMES: [&str; 5] = ["sent", "current", "refused", "bad_signature", "broken"];

impl Transfers {
    /// `None` if nobody may transfer.
    pub(crate) fn load(config: &TransferConfig) -> Result<Option<Arc<Self>>, KeyError> {
        let mut keys: Vec<Key> = Vec::new();
        for file in &config.keys {
            let key = Key::load(file)?;
            if keys.iter().any(|other| other.name == key.name) {
                return Err(KeyError::Twice(file.name.clone()));
            }
            keys.push(key);
        }
        if keys.is_empty() || config.to.is_empty() {
            return Ok(None);
        }
        let outcomes = OUTCOMES.map(|outcome| DNS_TRANSFERS.counter(&[outcome]));
        let secondaries = config.notify.iter().copied().map(Secondary::new).collect();
        Ok(Some(Arc::new(Self { keys, to: config.to.clone(), slots: Arc::default(), secondaries, outcomes })))
    }

    /// What is signed and comes from an allowed network; `None` for everything else, which is answered as ever.
    pub(crate) fn request<'t>(
        &'t self,
        packet: &'t [u8],
        peer: IpAddr,
        at: Timestamp,
    ) -> Option<Request<'t>> {
        if !self.to.iter().any(|network| network.contains(&peer)) {
            return None;
        }
        Request::read(packet, &self.keys, at.as_secs())
    }

    /// Writes the reply that is one message; gives its length.
    pub(crate) fn answer(
        &self,
        request: Request,
        snapshot: &Snapshot,
        arrival: Arrival,
        means: &mut Means,
        out: &mut [u8],
    ) -> usize {
        match request {
            Request::Signed(signed) => signed.answer(snapshot, arrival, means, out),
            Request::Wrong(rejected) => {
                self.count(Outcome::BadSignature);
                tracing::info!(peer = %arrival.peer, reason = rejected.reason(), "a signed query is refused");
                rejected.answer(arrival, out)
            }
        }
    }

    fn count(&self, outcome: Outcome) {
        self.outcomes[outcome as usize].increment(1);
    }
}

#[cfg(test)]
mod tests;
