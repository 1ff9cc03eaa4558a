//! The store against hand-made feeds, and the builders other tests make their zones with.

use super::*;
use crate::compile::{CompiledZone, Compiler};
use aws_lc_rs::encoding::AsBigEndian;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use controlplane_proto::dns as proto;
use controlplane_types::dns::dnssec;
use proto::record_set::Policy as Given;
use proto::{FeedMessage, RecordSetKey};

/// The time most tests ask at.
pub(crate) const NOW: u32 = 1559731985;

pub(crate) const SOA: &str = "ns-1.awsdns.example. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400";

pub(crate) fn set(name: &str, kind: &str, ttl: u32, values: &[&str]) -> proto::RecordSet {
    proto::RecordSet {
        key: Some(key(name, kind, "")),
        ttl,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        policy: Some(Given::Simple(proto::Simple {})),
        health_check_id: String::new(),
        alias: None,
    }
}

pub(crate) fn key(name: &str, kind: &str, identifier: &str) -> RecordSetKey {
    RecordSetKey {
        zone_id: "Z1".to_owned(),
        name: name.to_owned(),
        r#type: kind.to_owned(),
        set_identifier: identifier.to_owned(),
    }
}

/// Everything in one message.
pub(crate) fn whole(store: &Store) -> FeedMessage {
    let mut pieces = store.to_messages();
    let first = pieces.next().unwrap();
    pieces.fold(first, |mut whole, piece| {
        whole.record_sets.extend(piece.record_sets);
        whole
    })
}

/// A member of a group: `check` may be empty.
pub(crate) fn member(
    mut set: proto::RecordSet,
    identifier: &str,
    policy: Given,
    check: &str,
) -> proto::RecordSet {
    set.policy = Some(policy);
    set.health_check_id = check.to_owned();
    if let Some(key) = set.key.as_mut() {
        key.set_identifier = identifier.to_owned();
    }
    set
}

pub(crate) fn weighted(weight: u32) -> Given {
    Given::Weighted(proto::Weighted { weight })
}

pub(crate) fn failover(primary: bool) -> Given {
    Given::Failover(proto::Failover { primary })
}

pub(crate) fn multivalue() -> Given {
    Given::Multivalue(proto::Multivalue {})
}

pub(crate) fn latency(region: &str) -> Given {
    Given::Latency(proto::Latency { region: region.to_owned() })
}

/// `EU`, `DE`, `US-CA` or `*`.
pub(crate) fn geolocation(location: &str) -> Given {
    let (outer, subdivision) = location.split_once('-').unwrap_or((location, ""));
    let is_continent = subdivision.is_empty() && ["AF", "AN", "AS", "EU", "NA", "OC", "SA"].contains(&outer);
    let (continent, country) = if is_continent { (outer, "") } else { ("", outer) };
    Given::Geolocation(proto::Geolocation {
        continent_code: continent.to_owned(),
        country_code: country.to_owned(),
        subdivision_code: subdivision.to_owned(),
    })
}

/// In hundredths of a degree.
pub(crate) fn geoproximity(latitude_hundredths: i32, longitude_hundredths: i32, bias: i32) -> Given {
    let point = proto::Coordinates { latitude_hundredths, longitude_hundredths };
    Given::Geoproximity(proto::Geoproximity {
        place: Some(proto::geoproximity::Place::Coordinates(point)),
        bias,
    })
}

pub(crate) fn cidr(collection: &str, location: &str) -> Given {
    Given::Cidr(proto::Cidr { collection_id: collection.to_owned(), location_name: location.to_owned() })
}

/// A set that answers with what `target` does.
pub(crate) fn alias(name: &str, kind: &str, target: &str, evaluate_target_health: bool) -> proto::RecordSet {
    let alias = proto::Alias { name: target.to_owned(), evaluate_target_health };
    proto::RecordSet { alias: Some(alias), ..set(name, kind, 0, &[]) }
}

/// Locations with their blocks.
pub(crate) fn collection(id: &str, locations: &[(&str, &[&str])]) -> proto::CidrCollection {
    let location = |(name, blocks): &(&str, &[&str])| proto::CidrLocation {
        name: (*name).to_owned(),
        blocks: blocks.iter().map(|block| (*block).to_owned()).collect(),
    };
    proto::CidrCollection { id: id.to_owned(), locations: locations.iter().map(location).collect() }
}

/// The zone of [`snapshot`], as it is said anew when something of it changes.
pub(crate) fn zone(signing: Option<proto::Signing>, serial: u32) -> proto::Zone {
    proto::Zone { id: "Z1".to_owned(), name: "example.com.".to_owned(), signing, serial }
}

/// A snapshot with the zone `example.com.` (`Z1`), its SOA and NS, and `sets`.
pub(crate) fn snapshot(generation: u64, sets: Vec<proto::RecordSet>) -> FeedMessage {
    let mut record_sets = vec![
        set("example.com.", "SOA", 900, &[SOA]),
        set("example.com.", "NS", 172800, &["ns-1.awsdns.example.", "ns-2.awsdns.example."]),
    ];
    record_sets.extend(sets);
    FeedMessage {
        cluster_id: "c1".to_owned(),
        incarnation: 1,
        generation,
        zones: vec![zone(None, 0)],
        record_sets,
        ..Default::default()
    }
}

/// The keys of a signed `example.com.`.
pub(crate) struct Keys {
    pub(crate) zone: EcdsaKeyPair,
    pub(crate) key_signing: EcdsaKeyPair,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let pair = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { zone: pair(), key_signing: pair() }
    }

    fn data(flags: u16, pair: &EcdsaKeyPair) -> Vec<u8> {
        dnssec::dnskey(flags, pair.public_key().as_ref()[1..].try_into().unwrap())
    }

    /// As the feed brings them, with a signature for each of ten days from `NOW` on.
    pub(crate) fn signing(&self) -> proto::Signing {
        let key_signing = Self::data(dnssec::KEY_SIGNING_KEY, &self.key_signing);
        let keys = vec![Self::data(dnssec::ZONE_KEY, &self.zone), key_signing.clone()];
        let name = Name::parse("example.com.").unwrap();
        let signature = |day: u32| {
            let covering = dnssec::Covering {
                owner: name.as_wire(),
                kind: dnssec::DNSKEY,
                ttl: 3600,
                inception: NOW + day * 86400 - 3600,
                expiration: NOW + (day + 2) * 86400,
                key_tag: dnssec::key_tag(&key_signing),
                signer: name.as_wire(),
            };
            let octets = covering.signed(keys.clone());
            let signature = self.key_signing.sign(&SystemRandom::new(), &octets).unwrap();
            [covering.data(), signature.as_ref().to_vec()].concat()
        };
        proto::Signing {
            private_key: self.zone.private_key().as_be_bytes().unwrap().as_ref().to_vec(),
            public_key: self.zone.public_key().as_ref()[1..].to_vec(),
            keys_ttl: 3600,
            signatures: (0..10).map(signature).collect(),
            keys,
        }
    }
}

/// A delta without changes.
pub(crate) fn delta(base: u64, generation: u64) -> FeedMessage {
    FeedMessage { cluster_id: "c1".to_owned(), incarnation: 1, generation, base, ..Default::default() }
}

fn held(generation: u64) -> Store {
    let mut store = Store::default();
    store.apply(snapshot(generation, vec![set("www.example.com.", "A", 60, &["192.0.2.1"])])).unwrap();
    store
}

#[test]
fn messages_out_of_place_are_refused_and_leave_no_trace() {
    let other = |change: fn(&mut FeedMessage)| {
        let mut message = delta(5, 6);
        message.removed_zones = vec!["Z1".to_owned()];
        change(&mut message);
        message
    };
    let unknown = |set_change: fn(&mut RecordSetKey)| {
        let mut set = set("a.example.com.", "A", 60, &["192.0.2.9"]);
        set_change(set.key.as_mut().unwrap());
        let mut message = delta(5, 6);
        message.record_sets = vec![super::tests::set("b.example.com.", "A", 60, &["192.0.2.8"]), set];
        message
    };
    let cases = [
        (other(|message| message.base = 4), FeedError::Gap { base: 4, held: 5 }),
        (other(|message| message.incarnation = 2), FeedError::Gap { base: 5, held: 5 }),
        (other(|message| message.cluster_id = "c2".to_owned()), FeedError::Gap { base: 5, held: 5 }),
        (other(|message| message.cluster_id.clear()), FeedError::NoCluster),
        (snapshot(4, vec![]), FeedError::Older { incarnation: 1, generation: 4 }),
        (
            FeedMessage { incarnation: 0, ..snapshot(9, vec![]) },
            FeedError::Older { incarnation: 0, generation: 9 },
        ),
        (unknown(|key| key.zone_id = "Z9".to_owned()), FeedError::UnknownZone("Z9".to_owned())),
        (unknown(|key| key.name = "a..b".to_owned()), FeedError::Name("a..b".to_owned())),
        (
            unknown(|key| key.name = "a.example.net.".to_owned()),
            FeedError::Outside { name: "a.example.net.".to_owned(), zone: "Z1".to_owned() },
        ),
    ];
    for (message, error) in cases {
        let mut store = held(5);
        let before = whole(&store);
        assert_eq!(store.apply(message.clone()), Err(error));
        assert_eq!(whole(&store), before);
    }
}

#[test]
fn a_snapshot_of_another_cluster_or_a_higher_incarnation_replaces_everything() {
    let changes: [fn(&mut FeedMessage); 2] =
        [|message| message.cluster_id = "c2".to_owned(), |message| message.incarnation = 2];
    for change in changes {
        let mut message = snapshot(1, vec![]);
        change(&mut message);
        let mut store = held(5);
        let changes = store.apply(message.clone()).unwrap();
        assert_eq!(store.position.generation, 1);
        assert_eq!(changes.zones.len(), 1, "the zone lost a name");
    }
}

#[test]
fn a_snapshot_equal_to_what_is_held_changes_no_zone() {
    let mut store = held(5);
    let mut again = whole(&store);
    again.generation = 7;
    assert_eq!(store.apply(again), Ok(Changes::default()));
    assert_eq!(store.position.generation, 7);
}

fn found<'z>(zone: &'z Zone, name: &str) -> Found<'z> {
    zone.at(TreeKey::new(&Name::parse(name).unwrap()).as_octets())
}

#[test]
fn deltas_put_and_remove() {
    let mut store = held(5);
    let mut message = delta(5, 6);
    message.record_sets = vec![set("new.example.com.", "A", 60, &["192.0.2.2"])];
    message.removed_record_sets = vec![key("www.example.com.", "A", ""), key("never.example.com.", "A", "")];
    message.health_checks = vec![proto::HealthCheck { id: "h1".to_owned(), ..Default::default() }];
    let changes = store.apply(message.clone()).unwrap();
    assert_eq!(changes.names["Z1"].len(), 3);
    let zone = &store.zones["Z1"];
    assert!(matches!(found(zone, "new.example.com."), Found::Sets(_)));
    assert_eq!(found(zone, "www.example.com."), Found::Nothing);
    assert!(store.checks.contains_key("h1"));

    let mut message = delta(6, 7);
    message.removed_zones = vec!["Z1".to_owned()];
    message.removed_record_sets = vec![key("new.example.com.", "A", "")];
    message.removed_health_checks = vec!["h1".to_owned()];
    store.apply(message.clone()).unwrap();
    assert!(store.zones.is_empty() && store.checks.is_empty());
}

/// What becomes of the zone, and what is left out of it.
fn compiled(message: FeedMessage) -> (Arc<CompiledZone>, Vec<String>) {
    let (mut store, mut compiler) = (Store::default(), Compiler::default());
    let changes = store.apply(message).unwrap();
    compiler.compile(&store, &changes, |_| true);
    (compiler.zone("Z1").unwrap().clone(), compiler.left_out().to_vec())
}

#[test]
fn an_unreadable_set_is_left_out_and_the_others_are_taken() {
    let no_policy = proto::RecordSet { policy: None, ..set("p.example.com.", "A", 60, &["192.0.2.3"]) };
    let message = snapshot(
        1,
        vec![
            set("bad.example.com.", "A", 60, &["nonsense"]),
            set("future.example.com.", "LOC2", 60, &["x"]),
            member(set("w.example.com.", "A", 60, &["192.0.2.3"]), "w", weighted(256), ""),
            set("ttl.example.com.", "A", u32::MAX, &["192.0.2.3"]),
            no_policy,
            set("good.example.com.", "A", 60, &["192.0.2.4"]),
        ],
    );
    let (zone, left_out) = compiled(message);
    assert_eq!(left_out.len(), 5, "{left_out:?}");
    let bad = left_out.iter().find(|text| text.starts_with("bad.example.com. A: ")).unwrap();
    assert!(bad.contains("ARRDATAIllegalIPv4Address"), "{bad}");
    let groups = |name: &str| zone.node(Name::parse(name).unwrap().as_wire()).unwrap().groups.len();
    assert_eq!((groups("bad.example.com."), groups("good.example.com.")), (0, 1));
}

#[test]
fn policies_and_places_that_cannot_be_are_left_out() {
    let given = |policy: Given| member(set("a.example.com.", "A", 60, &["192.0.2.1"]), "x", policy, "");
    let location = |continent: &str, country: &str, subdivision: &str| {
        given(Given::Geolocation(proto::Geolocation {
            continent_code: continent.to_owned(),
            country_code: country.to_owned(),
            subdivision_code: subdivision.to_owned(),
        }))
    };
    let place = |place| given(Given::Geoproximity(proto::Geoproximity { place, bias: 0 }));
    let cases = [
        (given(latency("eu-west-9")), "region \"eu-west-9\" is not known"),
        (location("EU", "DE", ""), "are no location"),
        (location("", "", "CA"), "are no location"),
        (location("", "de", ""), "are no location"),
        (location("XX", "", ""), "are no location"),
        (location("", "*", "CA"), "are no location"),
        (location("", "", ""), "are no location"),
        (place(None), "no place on earth"),
        (place(Some(proto::geoproximity::Place::Region("x".to_owned()))), "region \"x\" is not known"),
        (place(Some(proto::geoproximity::Place::LocalZoneGroup("x".to_owned()))), "local zone group \"x\""),
        (given(geoproximity(9001, 0, 0)), "no place on earth"),
        (given(geoproximity(0, 0, 100)), "bias 100 is outside"),
    ];
    for (set, reason) in cases {
        let (_, left_out) = compiled(snapshot(1, vec![set]));
        assert!(left_out.len() == 1 && left_out[0].contains(reason), "{left_out:?}");
    }
}

#[test]
fn aliases_that_cannot_be_are_left_out() {
    let with_values = proto::RecordSet {
        values: vec!["192.0.2.1".to_owned()],
        ..alias("a.example.com.", "A", "b.example.com.", true)
    };
    let cases = [
        (with_values, "an alias has no values"),
        (alias("a.example.com.", "NS", "b.example.com.", true), "neither NS, SOA"),
        (
            member(alias("a.example.com.", "A", "b.example.com.", true), "x", multivalue(), ""),
            "nor multivalue",
        ),
        (alias("a.example.com.", "A", "b.example.net.", true), "no name in the zone"),
        (alias("a.example.com.", "A", "b..example.com.", true), "no name in the zone"),
    ];
    for (set, reason) in cases {
        let (_, left_out) = compiled(snapshot(1, vec![set]));
        assert!(left_out.len() == 1 && left_out[0].contains(reason), "{left_out:?}");
    }
}

#[test]
fn empty_non_terminals_exist() {
    let mut store = Store::default();
    store.apply(snapshot(1, vec![set("a.b.c.example.com.", "A", 60, &["192.0.2.3"])])).unwrap();
    let cases = [
        ("c.example.com.", Found::Below),
        ("b.c.example.com.", Found::Below),
        ("x.c.example.com.", Found::Nothing),
        ("b.example.com.", Found::Nothing),
    ];
    for (name, expected) in cases {
        assert_eq!(found(&store.zones["Z1"], name), expected, "{name}");
    }
}

mod on_disk {
    use super::*;

    fn kept(folder: &std::path::Path) -> Store {
        let (mut journal, mut store) = Journal::open(folder).unwrap();
        for generation in 5..8 {
            let mut message =
                if generation == 5 { snapshot(5, vec![]) } else { delta(generation - 1, generation) };
            let name = format!("g{generation}.example.com.");
            message.record_sets.push(set(&name, "A", 60, &["192.0.2.1"]));
            store.apply(message.clone()).unwrap();
            journal.keep(&message, || snapshot_of(&store)).unwrap();
        }
        store
    }

    #[test]
    fn what_was_kept_is_there_after_a_restart_and_can_be_continued() {
        let folder = tempfile::tempdir().unwrap();
        let store = kept(folder.path());
        let (mut journal, mut read) = Journal::open(folder.path()).unwrap();
        assert_eq!(whole(&read), whole(&store));
        let message = delta(7, 8);
        read.apply(message.clone()).unwrap();
        journal.keep(&message, || snapshot_of(&read)).unwrap();
        assert_eq!(Journal::open(folder.path()).unwrap().1.position.generation, 8);
    }

    #[test]
    fn a_torn_tail_is_cut_wherever_it_tore() {
        let folder = tempfile::tempdir().unwrap();
        kept(folder.path());
        let path = folder.path().join("zones");
        let octets = std::fs::read(&path).unwrap();
        for len in 0..octets.len() {
            std::fs::write(&path, &octets[..len]).unwrap();
            let (mut journal, mut store) = Journal::open(folder.path()).unwrap();
            let held = store.position.generation;
            assert!(held < 7, "{len} of {} octets", octets.len());
            let message = if held == 0 { snapshot(9, vec![]) } else { delta(held, 9) };
            store.apply(message.clone()).unwrap();
            journal.keep(&message, || snapshot_of(&store)).unwrap();
            assert_eq!(whole(&Journal::open(folder.path()).unwrap().1), whole(&store));
        }
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let store = kept(folder.path());
        let path = folder.path().join("zones");
        let octets = std::fs::read(&path).unwrap();
        for at in 0..octets.len() {
            let mut damaged = octets.clone();
            for bit in [0x10, 0x80] {
                damaged[at] = octets[at] ^ bit;
                std::fs::write(&path, &damaged).unwrap();
                let (_, read) = Journal::open(folder.path()).unwrap();
                assert!(read.position.generation < store.position.generation, "octet {at}");
            }
        }
    }

    #[test]
    fn a_snapshot_in_pieces_is_whole_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, mut store) = Journal::open(folder.path()).unwrap();
        let sets = (0..9000).map(|number| set(&format!("n{number}.example.com."), "A", 60, &["192.0.2.1"]));
        let message = snapshot(1, sets.collect());
        store.apply(message.clone()).unwrap();
        journal.keep(&message, || snapshot_of(&store)).unwrap();
        let message = delta(1, 2);
        store.apply(message.clone()).unwrap();
        journal.keep(&message, || snapshot_of(&store)).unwrap();
        assert_eq!(whole(&Journal::open(folder.path()).unwrap().1), whole(&store));

        let path = folder.path().join("zones");
        let octets = std::fs::read(&path).unwrap();
        let mut ends = vec![8];
        while let Some((len, _)) = octets[*ends.last().unwrap()..].split_first_chunk::<4>() {
            let len = u32::from_le_bytes(*len) & !(1 << 31);
            ends.push(ends.last().unwrap() + 8 + len as usize);
        }
        assert_eq!(ends.len(), 6, "without sets, three pieces of them, a delta");
        for (end, held) in ends.iter().zip([0, 0, 0, 0, 1, 2]) {
            std::fs::write(&path, &octets[..*end]).unwrap();
            let (_, read) = Journal::open(folder.path()).unwrap();
            assert_eq!(read.position.generation, held, "{end} octets");
            assert_eq!(read.zones.is_empty(), held == 0, "{end} octets");
        }
    }

    #[test]
    fn the_file_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, mut store) = Journal::open(folder.path()).unwrap();
        let text = format!("\"{}\"", "a".repeat(250));
        let values: Vec<&str> = (0..15).map(|_| text.as_str()).collect();
        let joined = values.join(" ");
        for generation in 1..1000 {
            let mut message =
                if generation == 1 { snapshot(1, vec![]) } else { delta(generation - 1, generation) };
            message.record_sets.push(set("big.example.com.", "TXT", 60, &[&joined]));
            store.apply(message.clone()).unwrap();
            journal.keep(&message, || snapshot_of(&store)).unwrap();
        }
        let len = std::fs::metadata(folder.path().join("zones")).unwrap().len();
        assert!(len < 2 << 20, "{len} octets for one set");
        assert_eq!(whole(&Journal::open(folder.path()).unwrap().1), whole(&store));
    }
}

#[test]
fn keys_come_and_go_with_their_zone_and_only_usable_ones_are_taken() {
    let keys = Keys::new();
    let zone = |signing| zone(signing, 0);
    let mut store = held(5);
    let signed = FeedMessage { zones: vec![zone(Some(keys.signing()))], ..delta(5, 6) };
    let changes = store.apply(signed.clone()).unwrap();
    assert!(changes.zones.is_empty() && changes.names["Z1"].is_empty(), "no name has to be compiled for it");
    assert_eq!(whole(&store).zones[0].signing, signed.zones[0].signing);
    let mut copy = Store::default();
    copy.apply(whole(&store)).unwrap();
    assert_eq!(copy.zones, store.zones, "as the disk keeps it");

    let given = signed.zones[0].signing.clone().unwrap();
    let other = Keys::new().signing();
    for (broken, source) in [
        (proto::Signing { private_key: other.private_key.clone(), ..given.clone() }, SigningError::Key),
        (proto::Signing { private_key: vec![0; 32], ..given.clone() }, SigningError::Key),
        (proto::Signing { public_key: vec![1; 63], ..given.clone() }, SigningError::Key),
        (proto::Signing { keys: other.keys.clone(), ..given.clone() }, SigningError::Unpublished),
        (proto::Signing { signatures: vec![vec![0; 90]], ..given.clone() }, SigningError::Signature),
    ] {
        let message = FeedMessage { zones: vec![zone(Some(broken))], ..delta(6, 7) };
        assert_eq!(store.apply(message.clone()), Err(FeedError::Signing { zone: "Z1".to_owned(), source }));
    }
    assert!(store.zones["Z1"].signing.is_some());
    store.apply(FeedMessage { zones: vec![zone(None)], ..delta(6, 7) }).unwrap();
    assert_eq!(store.zones["Z1"].signing, None);
}

#[test]
fn private_keys_stay_out_of_what_is_printed() {
    let signing = Keys::new().signing();
    let private = format!("{:?}", &signing.private_key[..4]);
    let inner = private.trim_matches(['[', ']']);
    let message = FeedMessage { zones: vec![zone(Some(signing), 0)], ..delta(5, 6) };
    let mut store = held(5);
    store.apply(message.clone()).unwrap();
    assert!(!format!("{message:?}{store:?}").contains(inner));
}

#[test]
fn a_serial_is_kept_and_its_rise_compiles_no_name() {
    let mut store = held(5);
    let changes = store.apply(FeedMessage { zones: vec![zone(None, 7)], ..delta(5, 6) }).unwrap();
    assert!(changes.zones.is_empty() && changes.names["Z1"].is_empty());
    let mut copy = Store::default();
    copy.apply(whole(&store)).unwrap();
    assert_eq!((copy.zones["Z1"].serial, &copy.zones), (7, &store.zones), "as the disk keeps it");
    let again = store.apply(FeedMessage { zones: vec![zone(None, 7)], ..delta(6, 7) }).unwrap();
    assert!(again.names.is_empty());
}
