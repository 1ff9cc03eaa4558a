//! What a query log says of a query. On the query path: no allocation, and nothing at all while no zone is logged.

use super::find::{self, NameBuffer};
use super::message::Message;
use crate::compile::Snapshot;
use crate::location::Client;

/// A query for a zone whose queries are logged.
#[derive(Clone, Copy, Debug)]
pub struct Logged<'a> {
    /// The zone.
    pub zone_id: &'a str,
    /// The name as it was sent, in wire form.
    pub name: &'a [u8],
    /// Type code.
    pub kind: u16,
    /// The client subnet that was sent.
    pub client: Option<Client>,
}

/// `None` for a query of no logged zone, and for what is no readable query.
pub fn logged<'a>(snapshot: &'a Snapshot, packet: &'a [u8]) -> Option<Logged<'a>> {
    if snapshot.query_logs.is_empty() {
        return None;
    }
    let message = Message::read(packet)?;
    let question = message.asked.ok()?;
    let name = &question.octets[..question.name_len];
    let zone = find::zone(snapshot, NameBuffer::new([name, &[]])?.as_slice(), question.kind)?;
    let zone_id = zone.id();
    snapshot.query_logs.contains_key(zone_id).then_some(Logged {
        zone_id,
        name,
        kind: question.kind,
        client: message.edns.and_then(|edns| edns.client()),
    })
}
