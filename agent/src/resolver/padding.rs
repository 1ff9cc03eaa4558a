//! Padding (RFC 7830): the length of an encrypted answer says little about the question.
//!
//! Done on octets and not by reading and writing the message anew: an answer over TLS is the answer over TCP and some zeros.

use dns::answer::MAX_TCP;
use std::ops::Range;

/// Padded answers have this length, or a multiple of it (RFC 8467 section 4.1).
const BLOCK: usize = 468;
const HEADER: usize = 12;
const OPT: [u8; 2] = [0, 41];
const OPTION_PADDING: [u8; 2] = [0, 12];
/// Code and length of an option.
const OPTION: usize = 4;

/// Pads the reply to a query that is padded itself. The OPT record is the last one of every reply made here; a reply where it is
/// not, or that has none, stays as it is.
pub(super) fn pad(query: &[u8], reply: &mut Vec<u8>) {
    if !is_padded(query) {
        return;
    }
    let least = reply.len() + OPTION;
    let Some(data) = opt_data(reply).filter(|data| data.end == reply.len() && least <= MAX_TCP) else {
        return;
    };
    let length = least.next_multiple_of(BLOCK).min(MAX_TCP);
    // Both are less than the length of a message, which has two octets.
    let (options, zeros) = (data.len() + length - reply.len(), length - least);
    reply[data.start - 2..data.start].copy_from_slice(&(options as u16).to_be_bytes());
    reply.extend_from_slice(&OPTION_PADDING);
    reply.extend_from_slice(&(zeros as u16).to_be_bytes());
    reply.resize(length, 0);
}

fn is_padded(query: &[u8]) -> bool {
    let mut options = opt_data(query).and_then(|data| query.get(data)).unwrap_or_default();
    while let Some((head, rest)) = options.split_first_chunk::<OPTION>() {
        let [high, low, length @ ..] = *head;
        if [high, low] == OPTION_PADDING {
            return true;
        }
        options = rest.get(usize::from(u16::from_be_bytes(length))..).unwrap_or_default();
    }
    false
}

/// Where the options of a message are; `None` if it has no OPT record, or cannot be read as far as there.
fn opt_data(message: &[u8]) -> Option<Range<usize>> {
    let number = |at: usize| Some(u16::from_be_bytes(*message.get(at..)?.first_chunk::<2>()?));
    let mut at = HEADER;
    for _ in 0..number(4)? {
        at += name_len(message.get(at..)?)? + 4;
    }
    // What is not there ends it: counts alone keep nobody busy.
    for _ in 0..u32::from(number(6)?) + u32::from(number(8)?) + u32::from(number(10)?) {
        let fixed = at + name_len(message.get(at..)?)?;
        let start = fixed + 10;
        let end = start + usize::from(number(fixed + 8)?);
        message.get(start..end)?;
        if message[fixed..fixed + 2] == OPT {
            return Some(start..end);
        }
        at = end;
    }
    None
}

/// Length of the name at the front, which may end in a pointer.
fn name_len(octets: &[u8]) -> Option<usize> {
    let mut length = 0;
    loop {
        match *octets.get(length)? {
            0 => return Some(length + 1),
            label @ 1..64 => length += 1 + usize::from(label),
            0xc0.. => return Some(length + 2),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
    use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
    use hickory_proto::rr::rdata::{A, TXT};
    use hickory_proto::rr::{Name, RData, Record, RecordType};
    use proptest::prelude::*;

    fn message(kind: MessageType, texts: usize, edns: Option<&[EdnsOption]>) -> Message {
        let name = Name::from_ascii("db.corp.test.").unwrap();
        let mut message = Message::new(7, kind, OpCode::Query);
        message.add_query(Query::query(name.clone(), RecordType::ANY));
        let text = |_| RData::TXT(TXT::new(vec!["x".repeat(200)]));
        let records = (0..texts).map(text).chain([RData::A(A::new(10, 0, 0, 1))]);
        if kind == MessageType::Response {
            message.answers.extend(records.map(|data| Record::from_rdata(name.clone(), 60, data)));
        }
        message.edns = edns.map(|options| {
            let mut edns = Edns::new();
            options.iter().for_each(|option| edns.options_mut().insert(option.clone()));
            edns
        });
        message
    }

    fn padding(length: usize) -> EdnsOption {
        EdnsOption::Unknown(12, vec![0; length])
    }

    fn octets(kind: MessageType, texts: usize, edns: Option<&[EdnsOption]>) -> Vec<u8> {
        message(kind, texts, edns).to_vec().unwrap()
    }

    #[test]
    fn whoever_pads_is_answered_in_whole_blocks() {
        let other = EdnsOption::Unknown(10, vec![1; 8]);
        let (query, response) = (MessageType::Query, MessageType::Response);
        let both = [other.clone(), padding(0)];
        for (asked, texts, answered, blocks) in [
            (Some(&[padding(0)][..]), 0, Some(&[][..]), Some(1)),
            (Some(&[padding(90)]), 0, Some(std::slice::from_ref(&other)), Some(1)),
            (Some(&both), 3, Some(&[]), Some(2)),
            (Some(&both), 300, Some(&[]), Some(140)),
            (Some(&[padding(0)]), 0, None, None),
            (Some(std::slice::from_ref(&other)), 0, Some(&[]), None),
            (Some(&[]), 0, Some(&[]), None),
            (None, 0, Some(&[]), None),
        ] {
            let (asked, plain) = (octets(query, 0, asked), octets(response, texts, answered));
            let mut padded = plain.clone();
            pad(&asked, &mut padded);
            let Some(blocks) = blocks else {
                assert_eq!(padded, plain);
                continue;
            };
            assert_eq!(padded.len(), blocks * BLOCK);
            let (mut read, before) =
                (Message::from_vec(&padded).unwrap(), Message::from_vec(&plain).unwrap());
            let options = read.edns.as_mut().unwrap().options_mut();
            assert!(options.get(EdnsCode::Padding).is_some());
            options.remove(EdnsCode::Padding);
            assert_eq!(read, before, "the rest is as it was");
        }
    }

    /// One of exactly 65,535 octets but for what is left.
    #[test]
    fn padding_ends_where_a_message_ends() {
        let asked = octets(MessageType::Query, 0, Some(&[padding(0)]));
        for (left, length) in
            [(0, MAX_TCP), (3, MAX_TCP - 3), (4, MAX_TCP), (5, MAX_TCP), (15, MAX_TCP), (467, 140 * BLOCK)]
        {
            let empty =
                octets(MessageType::Response, 0, Some(&[EdnsOption::Unknown(65001, Vec::new())])).len();
            let filler = EdnsOption::Unknown(65001, vec![1; MAX_TCP - left - empty]);
            let mut reply = octets(MessageType::Response, 0, Some(&[filler]));
            assert_eq!(reply.len(), MAX_TCP - left);
            pad(&asked, &mut reply);
            assert_eq!(reply.len(), length, "{left}");
            assert!(Message::from_vec(&reply).is_ok());
        }
    }

    proptest! {
        #[test]
        fn no_octets_are_a_fault(
            query in proptest::collection::vec(any::<u8>(), 0..200),
            reply in proptest::collection::vec(any::<u8>(), 0..200),
            at in 0..512_usize,
            octet in any::<u8>(),
        ) {
            let mut padded = reply.clone();
            pad(&query, &mut padded);
            prop_assert!(padded.starts_with(&reply) || is_padded(&query));
            // Also where nearly everything is right.
            let mut asked = octets(MessageType::Query, 0, Some(&[padding(3)]));
            let mut reply = octets(MessageType::Response, 1, Some(&[]));
            let (asked_at, reply_at) = (at % asked.len(), at % reply.len());
            asked[asked_at] = octet;
            reply[reply_at] = octet;
            pad(&asked, &mut reply);
            prop_assert!(reply.len() <= MAX_TCP);
        }
    }
}
