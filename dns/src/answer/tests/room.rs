//! Replies into buffers of every size: whole, or cut, or none; never half a set.

use super::*;
use crate::answer::writer::Pointer;
use crate::zone::RenderedRecord;
use crate::zone::tests::{Keys, NOW};
use hickory_proto::op::{Message as OtherMessage, ResponseCode};

/// Of `example.com`, what is below it and of which type.
const QUESTIONS: &[(&str, &str)] = &[
    ("", "SOA"),
    ("", "NS"),
    ("", "ANY"),
    ("", "DNSKEY"),
    ("www.", "A"),
    ("www.", "TXT"),
    ("www.", "AAAA"),
    ("www.", "NSEC"),
    ("www.", "RRSIG"),
    ("far.", "A"),
    ("ext.", "A"),
    ("lost.", "A"),
    ("half.", "A"),
    ("one.", "A"),
    ("x.wild.", "A"),
    ("x.wild.", "MX"),
    ("nowhere.", "A"),
    ("nowhere.", "NSEC"),
    ("x.sub.", "A"),
    ("sub.", "DS"),
    ("tosub.", "A"),
];

/// The reply into a buffer of this size; chance falls as it does for every other size.
fn reply(world: &mut World, packet: &[u8], transport: Transport, size: usize) -> Vec<u8> {
    let World { snapshot, means, identity, .. } = world;
    means.random = Random::new(7);
    let mut out = vec![0xaa; size];
    let len =
        answer(snapshot, packet, Arrival { transport, peer: NOBODY, now: NOW, identity }, means, &mut out);
    out.truncate(len);
    out
}

/// Answer, authority and additional records, in no order; another implementation reads them.
fn sections(message: &OtherMessage) -> [BTreeSet<String>; 3] {
    [&message.answers, &message.authorities, &message.additionals]
        .map(|records| records.iter().map(ToString::to_string).collect())
}

fn check(world: &mut World, packet: &[u8], transport: Transport) {
    let whole = reply(world, packet, transport, MAX_TCP);
    let expected = OtherMessage::from_vec(&whole).unwrap();
    assert!(!expected.metadata.truncation);
    let [answer, authority, additional] = sections(&expected);
    let mut last = Vec::new();
    for size in 0..=whole.len() {
        let given = reply(world, packet, transport, size);
        // Header, question and OPT record are as long as the query's.
        assert_eq!(given.is_empty(), size < packet.len(), "{size} octets");
        assert!(given.len() <= size);
        if given == last {
            continue;
        }
        let message = OtherMessage::from_vec(&given).unwrap();
        let found = sections(&message);
        if found.iter().all(BTreeSet::is_empty) && given.len() < whole.len() {
            let (cut, failed) =
                (message.metadata.truncation, message.metadata.response_code == ResponseCode::ServFail);
            assert_eq!((cut, failed), (transport == Transport::Udp, transport == Transport::Tcp), "{size}");
            assert_eq!(given.len(), packet.len());
        } else {
            assert!(!message.metadata.truncation);
            assert_eq!((&found[0], &found[1]), (&answer, &authority), "{size} octets");
            assert!(found[2].is_subset(&additional), "{size} octets: addresses that are a courtesy");
            assert_eq!(message.metadata.response_code, expected.metadata.response_code);
        }
        last = given;
    }
    assert_eq!(last, whole);
}

#[test]
fn no_buffer_is_too_small_or_holds_half_a_set() {
    let mut message = super::rules::zone();
    for (signing, ttl) in [(None, 0), (Some(Keys::new().signing()), 0), (Some(Keys::new().signing()), 0x8000)]
    {
        message.zones[0].signing = signing;
        let mut world = World::new(&message, &[]);
        for (name, kind) in QUESTIONS {
            let packet = Query::new(&format!("{name}example.com"), kind).opt(4096, ttl, &[]).packet();
            for transport in [Transport::Udp, Transport::Tcp] {
                check(&mut world, &packet, transport);
            }
        }
    }
}

#[test]
fn a_record_with_a_name_of_its_own_is_there_as_a_whole_or_not_at_all() {
    let packet = Query::new("example.com", "A").packet();
    let message = Message::read(&packet).unwrap();
    let identity = Identity::default();
    let arrival = Arrival { transport: Transport::Tcp, peer: NOBODY, now: 0, identity: &identity };
    let record = RenderedRecord { data: &[192, 0, 2, 1], in_zone: false };
    let whole = packet.len() + 4 + 2 + 10 + 4;
    for size in packet.len()..=whole {
        let mut out = vec![0; size];
        let mut writer = Writer::new(&message, arrival, &mut out).unwrap();
        let apex = Pointer::QUESTION;
        let place = writer.named_record((b"\x03www", apex), (1, 60), record, apex);
        assert_eq!(place, (size == whole).then_some(packet.len()), "{size} octets");
        let len = writer.finish(&message, Rcode::NoError);
        let lines = Reply::read(&out[..len]).answer_lines();
        assert_eq!(
            lines.as_slice(),
            if size == whole { &["www.example.com. 60 A 192.0.2.1"][..] } else { &[] }
        );
    }
}
