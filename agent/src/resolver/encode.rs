//! Replies as octets, of the size the client takes.

use super::cache::Found;
use dns::answer::Transport;
use hickory_proto::op::{Edns, Message, MessageType, Metadata, OpCode, ResponseCode};

const SMALLEST_UDP: u16 = 512;
const LARGEST_UDP: u16 = 4096;

/// A reply to `query`; empty if there is none that could be written.
pub(super) fn reply(query: &Message, found: &Found, transport: Transport) -> Vec<u8> {
    let mut message = Message::response(query.metadata.id, OpCode::Query);
    message.metadata = metadata(query, found.code);
    message.queries = query.queries.clone();
    message.edns = query.edns.as_ref().map(|_| {
        let mut edns = Edns::new();
        edns.set_max_payload(LARGEST_UDP);
        edns
    });
    message.answers = found.answers.clone();
    message.authorities = found.authorities.clone();
    let most = match transport {
        Transport::Tcp => u16::MAX,
        Transport::Udp => query
            .edns
            .as_ref()
            .map_or(SMALLEST_UDP, |edns| edns.max_payload().clamp(SMALLEST_UDP, LARGEST_UDP)),
    };
    let whole = message.to_vec().unwrap_or_default();
    if !whole.is_empty() && whole.len() <= usize::from(most) {
        return whole;
    }
    message.truncate().to_vec().unwrap_or_default()
}

fn metadata(query: &Message, code: ResponseCode) -> Metadata {
    let mut metadata = Metadata::response_from_request(&query.metadata);
    metadata.message_type = MessageType::Response;
    metadata.recursion_available = true;
    metadata.authoritative = false;
    metadata.response_code = code;
    metadata
}

/// What a resolver says of itself in a reply that an authoritative server wrote: it recurses, and speaks for nobody.
pub(super) fn as_resolver(reply: &mut [u8]) {
    if let [_, _, high, low, ..] = reply {
        *high &= !0x04;
        *low |= 0x80;
    }
}
