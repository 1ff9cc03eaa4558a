//! What is in a transfer: the zone, all of it, and nothing else.

use super::*;
use crate::zone::tests::{alias, delta};
use controlplane_types::dns::{Name as OwnName, RecordType as OwnType, rdata};
use hickory_proto::serialize::binary::BinEncodable;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Name, type code, TTL and data.
type Row = (String, u16, u32, Vec<u8>);

/// The records between the two SOA records.
fn rows(messages: &[Message]) -> Vec<Row> {
    let records: Vec<&Record> = messages.iter().flat_map(|message| &message.answers).collect();
    let (first, rest) = records.split_first().unwrap();
    let (last, between) = rest.split_last().unwrap();
    assert_eq!((serial(first), serial(last)), (SERIAL, SERIAL));
    let row = |record: &&Record| {
        let owner = OwnName::from_wire(&record.name.to_bytes().unwrap()).unwrap().to_string();
        (owner, u16::from(record.record_type()), record.ttl, record.data.to_bytes().unwrap())
    };
    between.iter().map(row).collect()
}

/// What the feed's sets say, but for the SOA.
fn expected(message: &FeedMessage) -> BTreeSet<Row> {
    let sets = message.record_sets.iter().filter(|set| set.key.as_ref().unwrap().r#type != "SOA");
    let rows = sets.flat_map(|set| {
        let key = set.key.clone().unwrap();
        let kind = OwnType::parse(&key.r#type).unwrap();
        set.values
            .iter()
            .map(move |value| (key.name.clone(), kind.code(), set.ttl, rdata::parse_as(kind, value).unwrap()))
    });
    rows.collect()
}

async fn transferred(message: &FeedMessage, request: Message) -> Vec<Message> {
    let (packet, mut verifier) = signed(request);
    let replies = World::new(message).transfer(&packet).await;
    verified(&mut verifier, &replies)
}

fn check(message: &FeedMessage, request: Message) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let found = rows(&runtime.block_on(transferred(message, request)));
    prop_assert_eq!(found.len(), found.iter().collect::<BTreeSet<_>>().len(), "nothing twice");
    prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected(message));
    Ok(())
}

fn any_name() -> impl Strategy<Value = String> {
    let label = prop_oneof![Just("a"), Just("b"), Just("\\052"), Just("www"), Just("_tcp"), Just("x-y")];
    let labels = prop::collection::vec(label, 0..4);
    labels.prop_map(|labels| {
        labels.into_iter().map(|label| format!("{label}.")).collect::<String>() + "example.com."
    })
}

fn any_set() -> impl Strategy<Value = RecordSet> {
    let target = any_name().prop_map(|name| name.replace("\\052", "star")).boxed();
    let values = prop_oneof![
        prop::collection::btree_set(any::<u32>(), 1..30).prop_map(|all| {
            let address = |bits: u32| Ipv4Addr::from_bits(bits).to_string();
            ("A", all.into_iter().map(address).collect::<Vec<_>>())
        }),
        "[a-z]{1,200}".prop_map(|text| ("TXT", vec![format!("\"{text}\"")])),
        target.clone().prop_map(|name| ("MX", vec![format!("10 {name}"), "20 mail.example.net.".to_owned()])),
        target.clone().prop_map(|name| ("SRV", vec![format!("1 2 443 {name}")])),
        target.prop_map(|name| ("PTR", vec![name])),
    ];
    (any_name(), 0..100_000u32, values).prop_map(|(name, ttl, (kind, values))| {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        set(&name, kind, ttl, &values)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_transferred_zone_is_the_zone(sets in prop::collection::vec(any_set(), 0..60), incremental: bool) {
        let mut seen = BTreeSet::new();
        let key = |set: &RecordSet| set.key.as_ref().map(|key| (key.name.clone(), key.r#type.clone()));
        let sets = sets.into_iter().filter(|set| seen.insert(key(set))).collect();
        let request = if incremental { since("example.com.", 3) } else { question("example.com.", RecordType::AXFR) };
        check(&with_serial(sets), request)?;
    }
}

#[tokio::test]
async fn a_zone_larger_than_a_message_comes_in_few_messages() {
    let sets = (0..20_000).map(|n| {
        set(&format!("host-{n}.example.com."), "A", 60, &[&format!("10.0.{}.{}", n / 256, n % 256)])
    });
    let message = with_serial(sets.collect());
    let mut request = question("EXAMPLE.com.", RecordType::AXFR);
    request.set_edns(Edns::new());
    let messages = transferred(&message, request).await;
    // 28 octets and less for each record: the name of the zone is not said again.
    assert!((2..=9).contains(&messages.len()), "{} messages", messages.len());
    let found = rows(&messages);
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected(&message));
    for message in messages {
        assert!(message.metadata.authoritative && message.edns.is_some());
        assert_eq!(message.metadata.response_code, ResponseCode::NoError);
    }
}

#[tokio::test]
async fn an_alias_comes_as_the_records_it_leads_to() {
    let message = with_serial(vec![
        set("a.example.com.", "A", 60, &["192.0.2.1", "192.0.2.2"]),
        alias("b.example.com.", "A", "a.example.com.", true),
        alias("c.example.com.", "A", "b.example.com.", false),
    ]);
    let found = rows(&transferred(&message, question("example.com.", RecordType::AXFR)).await);
    for owner in ["a", "b", "c"] {
        let own: BTreeSet<_> = found.iter().filter(|row| row.0 == format!("{owner}.example.com.")).collect();
        let data: Vec<_> = own.iter().map(|row| (row.1, row.2, row.3.as_slice())).collect();
        assert_eq!(data, [(1, 60, &[192, 0, 2, 1][..]), (1, 60, &[192, 0, 2, 2])]);
    }
}

#[tokio::test]
async fn who_is_current_gets_the_soa_record_alone() {
    let world = World::new(&with_serial(Vec::new()));
    let cases = [(SERIAL, 1), (SERIAL + 1, 1), (SERIAL - 1, 4), (SERIAL.wrapping_add(1 << 31), 4)];
    for (held, count) in cases {
        let (packet, mut verifier) = signed(since("example.com.", held));
        let replies = verified(&mut verifier, &world.transfer(&packet).await);
        assert_eq!((replies.len(), replies[0].answers.len()), (1, count), "{held}");
        // Over UDP that is all there is: the rest is fetched by TCP.
        let (packet, mut verifier) = signed(since("example.com.", held));
        let replies = verified(&mut verifier, &[world.answer(&packet, Transport::Udp)]);
        assert_eq!((replies[0].answers.len(), serial(&replies[0].answers[0])), (1, SERIAL), "{held}");
    }
}

#[tokio::test]
async fn a_peer_is_shown_the_zones_serial_and_nobody_else_is() {
    let mut world = World::new(&with_serial(Vec::new()));
    for (asked, transport) in [
        ("example.com.", Transport::Udp),
        ("example.com.", Transport::Tcp),
        ("nowhere.example.com.", Transport::Udp),
    ] {
        let (packet, mut verifier) = signed(question(asked, RecordType::SOA));
        let replies = verified(&mut verifier, &[world.answer(&packet, transport)]);
        let mut records = replies[0].answers.iter().chain(&replies[0].authorities);
        assert_eq!(records.next().map(serial), Some(SERIAL), "{asked}");
    }
    let unsigned = question("example.com.", RecordType::SOA).to_vec().unwrap();
    assert!(world.request(&unsigned).is_none(), "it is answered as ever");

    world.apply(&FeedMessage { zones: vec![zone(None, SERIAL + 7)], ..delta(1, 2) });
    let (packet, mut verifier) = signed(question("example.com.", RecordType::SOA));
    let replies = verified(&mut verifier, &[world.answer(&packet, Transport::Udp)]);
    assert_eq!(serial(&replies[0].answers[0]), SERIAL + 7);
}
