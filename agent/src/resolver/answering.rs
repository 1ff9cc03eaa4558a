//! One question: from the zones of its VPC if one holds the name, else from others; and on along CNAMEs that lead away.

use super::allowance::Allowance;
use super::cache::Found;
use super::encode;
use super::forward::{Forwarders, Forwarding};
use super::keeper::{Names, Published};
use controlplane_types::Runtime;
use dns::Random;
use dns::answer::{Arrival, CookieSecret, Identity, MAX_TCP, MAX_UDP, Means, Rcode, Transport, answer};
use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, RecordType};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Lookups for one question, each where the last CNAME led.
const MOST_LOOKUPS: usize = 8;
/// A VPC's zones are compiled by then, once it is up.
const COMPILED_WITHIN: Duration = Duration::from_secs(2);

/// What all resolvers of a machine share.
pub(super) struct Answering {
    published: watch::Receiver<Published>,
    forwarding: Forwarding,
    pub(super) allowance: Allowance,
    pub(super) runtime: Arc<dyn Runtime>,
    identity: Identity,
}

/// What is to be done about a packet.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// Send this.
    Reply(Vec<u8>),
    /// It takes others; see [`Answering::later`].
    Later,
    /// It is no question.
    Nothing,
}

impl Answering {
    pub(super) fn new(
        published: watch::Receiver<Published>,
        forwarders: Forwarders,
        runtime: Arc<dyn Runtime>,
    ) -> Self {
        let mut secret = [0; 16];
        runtime.fill_random(&mut secret);
        let identity = Identity { secret: CookieSecret::new(secret), nsid: Box::default() };
        let forwarding = Forwarding::new(forwarders, runtime.clone());
        Self { published, forwarding, allowance: Allowance::default(), runtime, identity }
    }

    fn names(&self, vpc_id: &str) -> Option<Arc<Names>> {
        self.published.borrow().get(vpc_id).cloned()
    }

    /// What can be said without waiting.
    pub(super) fn at_once(&self, vpc_id: &str, packet: &[u8], peer: IpAddr, transport: Transport) -> Verdict {
        let Some(names) = self.names(vpc_id) else { return Verdict::Later };
        let Some(mut reply) = self.ask_zones(&names, packet, peer, transport) else {
            return Verdict::Nothing;
        };
        let elsewhere = refused(&reply) || leads_away(&reply);
        if names.enabled && elsewhere && question(packet).is_some() {
            return Verdict::Later;
        }
        encode::as_resolver(&mut reply);
        Verdict::Reply(reply)
    }

    /// The reply to a packet that could not be answered at once.
    pub(super) async fn later(&self, vpc_id: &str, packet: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let names = self.compiled(vpc_id).await?;
        let (message, query) = question(packet)?;
        let found = if names.enabled {
            self.resolve(&names, query).await
        } else {
            Found { code: ResponseCode::Refused, ..Found::failure() }
        };
        Some(encode::reply(&message, &found, transport)).filter(|reply| !reply.is_empty())
    }

    /// The first questions of an instance may come before its VPC's zones are compiled.
    async fn compiled(&self, vpc_id: &str) -> Option<Arc<Names>> {
        let mut published = self.published.clone();
        let known = published.wait_for(|vpcs| vpcs.contains_key(vpc_id));
        self.runtime.within(COMPILED_WITHIN, known).await?.ok()?.get(vpc_id).cloned()
    }

    async fn resolve(&self, names: &Names, mut query: Query) -> Found {
        let mut all = Found::default();
        for _ in 0..MOST_LOOKUPS {
            let found = match self.looked_up(names, &query) {
                Some(found) => found,
                None => self.forwarding.ask(&query).await,
            };
            let next = next_name(&found, query.query_type());
            all.code = found.code;
            all.answers.extend(found.answers);
            all.authorities = found.authorities;
            match next.filter(|_| !found.complete) {
                Some(name) => query.set_name(name),
                None => return all,
            };
        }
        all
    }

    /// What the zones of the VPC say; `None` if the name is in none of them.
    fn looked_up(&self, names: &Names, query: &Query) -> Option<Found> {
        let mut message = Message::new(0, MessageType::Query, OpCode::Query);
        message.add_query(query.clone());
        let packet = message.to_vec().ok()?;
        let reply = self.ask_zones(names, &packet, IpAddr::from([127, 0, 0, 1]), Transport::Tcp)?;
        if refused(&reply) {
            return None;
        }
        let Message { metadata, answers, authorities, .. } = Message::from_vec(&reply).ok()?;
        Some(Found { code: metadata.response_code, answers, authorities, complete: false })
    }

    /// The reply of the one function that answers from zones.
    fn ask_zones(&self, names: &Names, packet: &[u8], peer: IpAddr, transport: Transport) -> Option<Vec<u8>> {
        let now = self.runtime.now().as_millis() / 1000;
        let arrival = Arrival { transport, peer, now: now as u32, identity: &self.identity };
        let mut means = Means::without_signatures(Random::new(self.runtime.random()));
        let mut reply = vec![0; if transport == Transport::Udp { MAX_UDP } else { MAX_TCP }];
        let length = answer(&names.snapshot, packet, arrival, &mut means, &mut reply);
        reply.truncate(length);
        (length > 0).then_some(reply)
    }
}

/// A packet with one question of the internet's class that others may be asked.
fn question(packet: &[u8]) -> Option<(Message, Query)> {
    let message = Message::from_vec(packet).ok()?;
    let [query] = message.queries.as_slice() else { return None };
    let transfer = matches!(query.query_type(), RecordType::AXFR | RecordType::IXFR);
    let fits = message.metadata.message_type == MessageType::Query
        && message.metadata.op_code == OpCode::Query
        && query.query_class() == DNSClass::IN
        && !transfer;
    let query = query.clone();
    fits.then_some((message, query))
}

/// The response code of a reply that names no zone.
fn refused(reply: &[u8]) -> bool {
    reply.get(3).is_some_and(|low| u16::from(low & 0xf) == Rcode::Refused as u16)
}

/// Whether the last record of a reply is a CNAME whose target is not in it.
fn leads_away(reply: &[u8]) -> bool {
    const CNAME: [u8; 2] = [0, 5];
    // A reply whose first record is no CNAME has none: the first owner is two octets of pointer, then comes its type.
    let question = reply.get(12..).and_then(controlplane_types::dns::name::wire_len);
    let first = question.and_then(|length| reply.get(12 + length + 4 + 2..12 + length + 4 + 4));
    if first != Some(&CNAME[..]) {
        return false;
    }
    let Ok(message) = Message::from_vec(reply) else { return false };
    let Some(kind) = message.queries.first().map(Query::query_type) else { return false };
    let Message { metadata, answers, authorities, .. } = message;
    let found = Found { code: metadata.response_code, answers, authorities, complete: false };
    next_name(&found, kind).is_some()
}

/// Where an answer leads that does not end in what was asked.
fn next_name(found: &Found, kind: RecordType) -> Option<Name> {
    let ends = found.code != ResponseCode::NoError || matches!(kind, RecordType::CNAME | RecordType::ANY);
    match found.answers.last().filter(|_| !ends).map(|record| &record.data) {
        // A denial says that the chain ended here.
        Some(RData::CNAME(target)) if found.authorities.is_empty() => Some(target.0.clone()),
        _ => None,
    }
}
