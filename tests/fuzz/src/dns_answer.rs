//! DNS packets, to the function that answers them, from zones with everything in them.
//!
//! A second, simpler reader judges here which packets are queries at all; it shares nothing with the first.

use controlplane_proto::dns::{self as proto, record_set::Policy};
use dns::Random;
use dns::answer::{Arrival, Identity, MAX_TCP, MAX_UDP, Means, Transport, answer, logged};
use dns::compile::{Compiler, Snapshot};
use dns::zone::Store;
use hickory_proto::op::Message;
use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock};

/// Octets of a header.
const HEADER: usize = 12;
const FORMERR: u8 = 1;
const NOTIMP: u8 = 4;
const MIN_UDP: usize = 512;

static SNAPSHOT: LazyLock<Arc<Snapshot>> = LazyLock::new(snapshot);

/// Takes the first octet of `data` for how the rest came.
pub fn dns_answer(data: &[u8]) {
    thread_local!(static OUT: RefCell<Vec<u8>> = RefCell::new(vec![0; MAX_TCP]));
    let Some((how, packet)) = data.split_first() else { return };
    let transport = if how & 1 == 0 { Transport::Udp } else { Transport::Tcp };
    let peer: IpAddr =
        if how & 2 == 0 { Ipv4Addr::new(10, 5, 1, 1).into() } else { Ipv6Addr::LOCALHOST.into() };
    let identity = Identity { nsid: b"ns1".as_slice().into(), ..Identity::default() };
    let arrival = Arrival { transport, peer, now: 0, identity: &identity };
    OUT.with_borrow_mut(|out| {
        let most = if transport == Transport::Udp { MAX_UDP } else { MAX_TCP };
        let mut means = Means::without_signatures(Random::new(u64::from(*how)));
        let len = answer(&SNAPSHOT, packet, arrival, &mut means, &mut out[..most]);
        judge(packet, transport, &out[..len]);
        logged(&SNAPSHOT, packet);
    });
}

fn judge(packet: &[u8], transport: Transport, reply: &[u8]) {
    let is_query = packet.len() >= HEADER && packet[2] & 0x80 == 0;
    assert_eq!(reply.is_empty(), !is_query, "responses and scraps get no answer, everything else does");
    if !is_query {
        return;
    }
    assert_eq!((&reply[..2], reply[2] & 0xf8), (&packet[..2], 0x80 | packet[2] & 0x78), "id and opcode");
    let rcode = reply[3] & 0xf;
    let seen = read(packet);
    if seen.is_none() {
        assert!(matches!(rcode, FORMERR | NOTIMP), "code {rcode} for what is no query");
        assert_eq!(reply[6..10], [0; 4], "and nothing is told");
    }
    if transport == Transport::Udp {
        // Where there is no telling how much the client takes, it is the least.
        let most = seen.flatten().map_or(MIN_UDP, |size| usize::from(size).clamp(MIN_UDP, MAX_UDP));
        assert!(reply.len() <= most.max(packet.len()), "{} octets, {most} may be sent", reply.len());
    }
    Message::from_vec(reply).expect("others can read it");
}

/// The size an OPT record gives, if there is one, of a packet that is a query; `None` for any other.
fn read(packet: &[u8]) -> Option<Option<u16>> {
    let count = |at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
    if packet[2] & 0x78 != 0 || count(4) != 1 {
        return None;
    }
    let mut at = HEADER;
    let mut len = 1;
    loop {
        match usize::from(*packet.get(at)?) {
            0 => break,
            label @ 1..=63 => (at, len) = (at + label + 1, len + label + 1),
            _ => return None,
        }
    }
    at += 5;
    if len > 255 || at > packet.len() {
        return None;
    }
    let mut size = None;
    let sections = [count(6), count(8), count(10)];
    for (section, records) in sections.into_iter().enumerate() {
        for _ in 0..records {
            let start = at;
            at = skip(packet, at)?;
            let fixed = packet.get(at..at + 10)?;
            let data = usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
            if fixed[..2] == [0, 41] {
                let alone = section == 2 && size.is_none() && at == start + 1;
                size = Some(u16::from_be_bytes([fixed[2], fixed[3]])).filter(|_| alone);
                size?;
            }
            at += 10 + data;
            packet.get(..at)?;
        }
    }
    (at == packet.len()).then_some(size)
}

/// Where a name of a record ends.
fn skip(packet: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match usize::from(*packet.get(at)?) {
            0 => return Some(at + 1),
            label @ 1..=63 => at += label + 1,
            192.. => return packet.get(at + 1).map(|_| at + 2),
            _ => return None,
        }
    }
}

/// Queries for every name and type, with and without options.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let names = [
        "www", "alias", "chain", "loop", "w", "f", "l", "g", "p", "m", "c", "x.wild", "a.sub", "gone", "big",
    ];
    let options: [&[u8]; 4] = [
        &[],
        &[0, 8, 0, 7, 0, 1, 24, 0, 10, 5, 1],
        &[0, 8, 0, 10, 0, 2, 48, 0, 0x20, 1, 0x0d, 0xb8, 0, 1],
        &[0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 3, 0, 0],
    ];
    let mut seeds = Vec::new();
    for (number, name) in names.iter().enumerate() {
        for (kind, options) in [1_u8, 16, 5, 255, 6, 2, 15].into_iter().zip(options.iter().cycle()) {
            let mut seed = vec![number as u8 & 3, 0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1];
            for label in name.split('.').chain(["example", "com"]) {
                seed.push(label.len() as u8);
                seed.extend_from_slice(label.as_bytes());
            }
            seed.extend_from_slice(&[0, 0, kind, 0, 1]);
            seed.extend_from_slice(&[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, options.len() as u8]);
            seed.extend_from_slice(options);
            seeds.push(seed);
        }
    }
    seeds
}

fn snapshot() -> Arc<Snapshot> {
    let (mut store, mut compiler) = (Store::default(), Compiler::default());
    let changes = store.apply(zones()).expect("the zones are good");
    let snapshot = compiler.compile(&store, &changes, |check| check != "down");
    assert_eq!(compiler.left_out(), &[] as &[String]);
    snapshot
}

fn zones() -> proto::FeedMessage {
    let soa = "ns.example.net. host.example.net. 1 7200 900 1209600 86400";
    let many: Vec<String> = (0..=255).map(|last| format!("192.0.2.{last}")).collect();
    let simple = Policy::Simple(proto::Simple {});
    let mut sets = vec![
        set("example.com.", "SOA", &[soa], "", simple.clone()),
        set("example.com.", "NS", &["ns.example.net.", "ns.example.com."], "", simple.clone()),
        set("example.com.", "MX", &["10 www.example.com.", "20 mx.example.net."], "", simple.clone()),
        set("www.example.com.", "A", &["192.0.2.1", "192.0.2.2"], "", simple.clone()),
        set("www.example.com.", "TXT", &["\"a b\" \"c\""], "", simple.clone()),
        set("chain.example.com.", "CNAME", &["loop.example.com."], "", simple.clone()),
        set("loop.example.com.", "CNAME", &["chain.example.com."], "", simple.clone()),
        set("\\052.wild.example.com.", "A", &["192.0.2.3"], "", simple.clone()),
        set("\\052.wild.example.com.", "CNAME", &["www.example.com."], "", simple.clone()),
        set("sub.example.com.", "NS", &["ns.sub.example.com.", "ns.example.net."], "", simple.clone()),
        set("ns.sub.example.com.", "A", &["192.0.2.4"], "", simple.clone()),
        set(
            "sub.example.com.",
            "DS",
            &["1 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"],
            "",
            simple.clone(),
        ),
        set(
            "big.example.com.",
            "A",
            &many.iter().map(String::as_str).collect::<Vec<_>>(),
            "",
            simple.clone(),
        ),
        alias("alias.example.com.", "f.example.com.", "", simple),
    ];
    let place = |region: &str| Some(proto::geoproximity::Place::Region(region.to_owned()));
    let area = |continent: &str, country: &str| proto::Geolocation {
        continent_code: continent.to_owned(),
        country_code: country.to_owned(),
        ..proto::Geolocation::default()
    };
    let cidr = |location: &str| proto::Cidr { collection_id: "c".into(), location_name: location.into() };
    let groups = [
        (
            "w",
            [
                Policy::Weighted(proto::Weighted { weight: 3 }),
                Policy::Weighted(proto::Weighted { weight: 0 }),
            ],
        ),
        (
            "f",
            [
                Policy::Failover(proto::Failover { primary: true }),
                Policy::Failover(proto::Failover { primary: false }),
            ],
        ),
        (
            "l",
            ["eu-west-1", "us-east-1"]
                .map(|region| Policy::Latency(proto::Latency { region: region.into() })),
        ),
        ("g", [Policy::Geolocation(area("EU", "")), Policy::Geolocation(area("", "*"))]),
        (
            "p",
            ["eu-west-1", "us-east-1"]
                .map(|region| Policy::Geoproximity(proto::Geoproximity { place: place(region), bias: 20 })),
        ),
        ("m", [Policy::Multivalue(proto::Multivalue {}), Policy::Multivalue(proto::Multivalue {})]),
        ("c", [Policy::Cidr(cidr("near")), Policy::Cidr(cidr("*"))]),
    ];
    for (name, [first, second]) in groups {
        let name = format!("{name}.example.com.");
        let mut failing = set(&name, "A", &["192.0.2.5"], "first", first);
        failing.health_check_id = "down".to_owned();
        sets.push(failing);
        // There are no multivalue aliases.
        sets.push(match second {
            second @ Policy::Multivalue(_) => set(&name, "A", &["192.0.2.6"], "second", second),
            second => alias(&name, "www.example.com.", "second", second),
        });
    }
    let blocks = vec!["10.0.0.0/8".to_owned(), "2001:db8::/32".to_owned()];
    let locations = vec![proto::CidrLocation { name: "near".to_owned(), blocks }];
    proto::FeedMessage {
        cluster_id: "c".to_owned(),
        incarnation: 1,
        generation: 1,
        zones: vec![proto::Zone {
            id: "Z1".to_owned(),
            name: "example.com.".to_owned(),
            signing: None,
            serial: 0,
        }],
        record_sets: sets,
        cidr_collections: vec![proto::CidrCollection { id: "c".to_owned(), locations }],
        query_logs: vec![proto::QueryLog { id: "q".into(), zone_id: "Z1".into(), log_group: "g".into() }],
        ..proto::FeedMessage::default()
    }
}

fn set(name: &str, kind: &str, values: &[&str], identifier: &str, policy: Policy) -> proto::RecordSet {
    let key = proto::RecordSetKey {
        zone_id: "Z1".to_owned(),
        name: name.to_owned(),
        r#type: kind.to_owned(),
        set_identifier: identifier.to_owned(),
    };
    proto::RecordSet {
        key: Some(key),
        ttl: 60,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        policy: Some(policy),
        ..proto::RecordSet::default()
    }
}

fn alias(name: &str, target: &str, identifier: &str, policy: Policy) -> proto::RecordSet {
    let alias = proto::Alias { name: target.to_owned(), evaluate_target_health: true };
    proto::RecordSet { alias: Some(alias), ttl: 0, ..set(name, "A", &[], identifier, policy) }
}
