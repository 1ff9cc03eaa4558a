//! Packets nobody should send: never a panic, never a reply to a reply, never more than the client may get.

use super::*;
use crate::zone::tests::{set, snapshot};
use proptest::prelude::*;

fn world() -> World {
    let values: Vec<String> = (0..200).map(|number| format!("10.0.0.{number}")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let sets = vec![
        set("many.example.com.", "A", 60, &values),
        set("a.example.com.", "CNAME", 60, &["many.example.com."]),
        set("\\052.example.com.", "MX", 60, &["10 many.example.com."]),
        set("sub.example.com.", "NS", 60, &["ns.sub.example.com."]),
    ];
    World::new(&snapshot(1, sets), &[])
}

/// Holds for every packet, well-formed or not.
fn check_limits(world: &mut World, packet: &[u8]) {
    let reply = world.send(packet, Transport::Udp);
    if packet.len() < 12 || packet[2] & 0x80 != 0 {
        assert!(reply.is_empty(), "no reply to what is no query");
        return;
    }
    let size = Message::read(packet).unwrap().edns.map_or(0, |edns| edns.udp_size());
    assert!(reply.len() >= 12 && reply.len() <= size.clamp(512, MAX_UDP), "{} octets", reply.len());
    let read = Reply::read(&reply);
    assert_eq!(reply[..2], packet[..2], "the id");
    if read.rcode == Rcode::FormErr as u16 {
        assert_eq!((read.answer.len(), read.authority.len()), (0, 0));
    }
    let tcp = world.send(packet, Transport::Tcp);
    assert!(!Reply::read(&tcp).tc, "TCP is never cut");
}

/// Queries with all that may stand in one.
fn queries() -> Vec<Vec<u8>> {
    let plain = Query::new("a.example.com", "A");
    let options: [&[u8]; 4] = [
        &[0, 3, 0, 0],
        &[0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2],
        &[0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0, 99, 0, 2, 1, 2],
    ];
    // An answer, its owner a pointer, and something in authority, with a name of its own.
    let mut records = plain.clone();
    (records.header[7], records.header[9]) = (1, 1);
    records.rest = [
        &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1][..],
        &[1, b'x', 0, 0, 16, 0, 1, 0, 0, 0, 60, 0, 0],
    ]
    .concat();
    let all = [plain.clone(), plain.clone().edns(1232), plain.opt(1232, 0x8000, &options.concat())];
    let all = all.into_iter().chain([records.clone(), records.edns(512)]);
    all.map(|query| query.packet()).collect()
}

#[test]
fn what_must_not_be_answered_and_what_cannot_be_read() {
    let mut world = world();
    for (number, whole) in queries().iter().enumerate() {
        for len in 0..12 {
            assert!(world.send(&whole[..len], Transport::Udp).is_empty());
        }
        for len in 12..whole.len() {
            let reply = Reply::read(&world.send(&whole[..len], Transport::Udp));
            assert_eq!(reply.rcode, Rcode::FormErr as u16, "query {number} cut at {len}");
            assert_eq!((reply.answer.len(), reply.authority.len()), (0, 0));
        }
        assert_eq!(Reply::read(&world.send(whole, Transport::Udp)).rcode, 0, "query {number} as a whole");
    }
    let whole = Query::new("a.example.com", "A").edns(1232).packet();
    let mut response = whole.clone();
    response[2] |= 0x80;
    assert!(world.send(&response, Transport::Udp).is_empty());
    let mut reserved = Query::new("a.example.com", "A");
    reserved.header[11] = 1;
    reserved.rest = [&[0x40][..], &[0; 20]].concat();
    let reply = Reply::read(&world.send(&reserved.packet(), Transport::Udp));
    assert_eq!(reply.rcode, Rcode::FormErr as u16, "an owner of no kind there is");
    let long = [whole.as_slice(), &[0]].concat();
    assert_eq!(
        Reply::read(&world.send(&long, Transport::Udp)).rcode,
        Rcode::FormErr as u16,
        "an octet too many"
    );
}

#[test]
fn questions_are_one_and_uncompressed() {
    let mut world = world();
    for count in [0, 2, 255] {
        let mut query = Query::new("a.example.com", "A");
        query.header[5] = count;
        let reply = Reply::read(&world.send(&query.packet(), Transport::Udp));
        assert_eq!((reply.rcode, reply.question), (Rcode::FormErr as u16, None), "{count} questions");
    }
    let mut query = Query::new("a.example.com", "A");
    query.question = vec![0xc0, 12, 0, 1, 0, 1];
    assert_eq!(Reply::read(&world.send(&query.packet(), Transport::Udp)).rcode, Rcode::FormErr as u16);
    query.question = [vec![64], vec![b'a'; 64], vec![0, 0, 1, 0, 1]].concat();
    assert_eq!(Reply::read(&world.send(&query.packet(), Transport::Udp)).rcode, Rcode::FormErr as u16);
    query.question = [[vec![63], vec![b'a'; 63]].concat().repeat(4), vec![0, 0, 1, 0, 1]].concat();
    assert_eq!(Reply::read(&world.send(&query.packet(), Transport::Udp)).rcode, Rcode::FormErr as u16);
}

#[test]
fn a_buffer_too_small_for_the_question_gets_nothing() {
    let mut world = world();
    let arrival = Arrival { transport: Transport::Udp, peer: NOBODY, now: 0, identity: &world.identity };
    let packet = Query::new("a.example.com", "A").edns(1232).packet();
    for len in 0..packet.len() {
        let mut out = vec![0; len];
        let written = answer(&world.snapshot, &packet, arrival, &mut world.means, &mut out);
        assert_eq!(written, 0, "{len}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_octets(packet in prop::collection::vec(any::<u8>(), 0..100)) {
        check_limits(&mut world(), &packet);
    }

    #[test]
    fn any_damage_to_a_query(
        name in prop::sample::select(vec!["many.example.com", "a.example.com", "x.y.example.com", "x.sub.example.com", "net"]),
        kind in prop::sample::select(vec!["A", "MX", "ANY", "DS"]),
        size in any::<u16>(),
        subnet in prop::collection::vec(any::<u8>(), 0..12),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        tail in prop::collection::vec(any::<u8>(), 0..3),
    ) {
        let options = [vec![0, 8, 0, subnet.len() as u8], subnet].concat();
        let mut packet = Query::new(name, kind).opt(size, 0, &options).packet();
        for (place, value) in &damage {
            let at = place.index(packet.len());
            packet[at] = *value;
        }
        if damage.len() > 2 {
            packet.truncate(cut.index(packet.len() + 1));
            packet.extend_from_slice(&tail);
        }
        check_limits(&mut world(), &packet);
    }
}
