//! Tables of questions and answers; the names of the tests carry the rules of route53.md.

use super::*;
use crate::zone::tests::{delta, key, member, multivalue, set, snapshot};
use controlplane_proto::dns as proto;

pub(super) fn zone() -> FeedMessage {
    snapshot(
        1,
        vec![
            set("www.example.com.", "A", 60, &["192.0.2.1", "192.0.2.2"]),
            set("www.example.com.", "TXT", 30, &["\"hello\""]),
            set("alias.example.com.", "CNAME", 10, &["WWW.Example.Com."]),
            set("far.example.com.", "CNAME", 10, &["alias.example.com"]),
            set("ext.example.com.", "CNAME", 10, &["www.example.net."]),
            set("lost.example.com.", "CNAME", 10, &["nowhere.example.com."]),
            set("half.example.com.", "CNAME", 10, &["ent.example.com."]),
            set("one.example.com.", "CNAME", 10, &["two.example.com."]),
            set("two.example.com.", "CNAME", 10, &["one.example.com."]),
            set("a.ent.example.com.", "A", 60, &["192.0.2.3"]),
            set("\\052.wild.example.com.", "A", 60, &["192.0.2.4"]),
            set("\\052.wild.example.com.", "MX", 60, &["10 mail.example.com."]),
            set("b.wild.example.com.", "TXT", 60, &["\"b\""]),
            set("x.\\052.deep.example.com.", "A", 60, &["192.0.2.5"]),
            set(
                "sub.example.com.",
                "NS",
                300,
                &["ns1.sub.example.com.", "ns.example.net.", "ns2.example.com."],
            ),
            set(
                "sub.example.com.",
                "DS",
                300,
                &["1 13 2 00000000000000000000000000000000000000000000000000000000000000AB"],
            ),
            set("sub.example.com.", "A", 300, &["192.0.2.66"]),
            set("ns1.sub.example.com.", "A", 300, &["192.0.2.7"]),
            set("ns1.sub.example.com.", "AAAA", 300, &["2001:db8::7"]),
            set("ns2.example.com.", "A", 300, &["192.0.2.8"]),
            set("deep.sub.example.com.", "NS", 300, &["ns.elsewhere.net."]),
            set("tosub.example.com.", "CNAME", 10, &["x.sub.example.com."]),
            set("spf.example.com.", "SPF", 60, &["\"v=spf1 -all\""]),
        ],
    )
}

const NEGATIVE: &str =
    "example.com. 900 SOA ns-1.awsdns.example. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400";

struct Case {
    name: &'static str,
    kind: &'static str,
    rcode: Rcode,
    aa: bool,
    answer: &'static [&'static str],
    /// Whether the SOA is in authority.
    negative: bool,
}

const fn case(name: &'static str, kind: &'static str, answer: &'static [&'static str]) -> Case {
    Case { name, kind, rcode: Rcode::NoError, aa: true, answer, negative: false }
}

const fn nodata(name: &'static str, kind: &'static str, answer: &'static [&'static str]) -> Case {
    Case { name, kind, rcode: Rcode::NoError, aa: true, answer, negative: true }
}

const fn nxdomain(name: &'static str, kind: &'static str, answer: &'static [&'static str]) -> Case {
    Case { name, kind, rcode: Rcode::NxDomain, aa: true, answer, negative: true }
}

const fn failed(name: &'static str, kind: &'static str, rcode: Rcode) -> Case {
    Case { name, kind, rcode, aa: false, answer: &[], negative: false }
}

fn check(cases: &[Case]) {
    let mut world = World::new(&zone(), &[]);
    for case in cases {
        let what = format!("{} {}", case.name, case.kind);
        let reply = world.ask(case.name, case.kind);
        let mut expected: Vec<String> = case.answer.iter().map(|line| (*line).to_owned()).collect();
        expected.sort();
        assert_eq!(reply.answer_lines(), expected, "{what}");
        assert_eq!(reply.rcode, case.rcode as u16, "{what}");
        assert_eq!(reply.aa, case.aa, "{what}");
        let authority: Vec<String> = reply.authority.iter().map(decode::Record::line).collect();
        let soa: &[&str] = if case.negative { &[NEGATIVE] } else { &[] };
        assert_eq!(authority, soa, "{what}");
        assert_eq!((reply.id, reply.bits), (0xabcd, [true, false, false, false]), "{what}");
    }
}

#[test]
fn rule_8_positive_answers() {
    check(&[
        case("www.example.com", "A", &["www.example.com. 60 A 192.0.2.1", "www.example.com. 60 A 192.0.2.2"]),
        case("www.example.com", "TXT", &["www.example.com. 30 TXT \"hello\""]),
        case("spf.example.com", "SPF", &["spf.example.com. 60 SPF \"v=spf1 -all\""]),
        case(
            "example.com",
            "SOA",
            &[
                "example.com. 900 SOA ns-1.awsdns.example. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",
            ],
        ),
        case(
            "example.com",
            "NS",
            &["example.com. 172800 NS ns-1.awsdns.example.", "example.com. 172800 NS ns-2.awsdns.example."],
        ),
    ]);
}

#[test]
fn rule_8_3_negative_answers_carry_the_soa() {
    check(&[
        nodata("www.example.com", "AAAA", &[]),
        nodata("www.example.com", "RRSIG", &[]),
        nodata("example.com", "DS", &[]),
        nodata("example.com", "A", &[]),
        nxdomain("nowhere.example.com", "A", &[]),
        nxdomain("below.www.example.com", "A", &[]),
    ]);
}

#[test]
fn rule_8_5_cname_first_then_what_it_leads_to_inside_the_zone() {
    const WWW: [&str; 2] = ["WWW.example.com. 60 A 192.0.2.1", "WWW.example.com. 60 A 192.0.2.2"];
    const ALIAS: &str = "alias.example.com. 10 CNAME WWW.example.com.";
    check(&[
        case("alias.example.com", "A", &[ALIAS, WWW[0], WWW[1]]),
        case(
            "far.example.com",
            "A",
            &["far.example.com. 10 CNAME alias.example.com.", ALIAS, WWW[0], WWW[1]],
        ),
        case("alias.example.com", "CNAME", &[ALIAS]),
        nodata("alias.example.com", "AAAA", &[ALIAS]),
        case("ext.example.com", "A", &["ext.example.com. 10 CNAME www.example.net."]),
        nxdomain("lost.example.com", "A", &["lost.example.com. 10 CNAME nowhere.example.com."]),
        nodata("half.example.com", "A", &["half.example.com. 10 CNAME ent.example.com."]),
        case(
            "one.example.com",
            "A",
            &["one.example.com. 10 CNAME two.example.com.", "two.example.com. 10 CNAME one.example.com."],
        ),
    ]);
    let mut world = World::new(&zone(), &[]);
    let order: Vec<String> =
        world.ask("far.example.com", "A").answer.into_iter().map(|record| record.kind).collect();
    assert_eq!(order, ["CNAME", "CNAME", "A", "A"]);
}

#[test]
fn rule_5_wildcards_and_existence() {
    check(&[
        case("x.wild.example.com", "A", &["x.wild.example.com. 60 A 192.0.2.4"]),
        case("y.x.wild.example.com", "A", &["y.x.wild.example.com. 60 A 192.0.2.4"]),
        case("x.wild.example.com", "MX", &["x.wild.example.com. 60 MX 10 mail.example.com."]),
        case("*.wild.example.com", "A", &["\\052.wild.example.com. 60 A 192.0.2.4"]),
        nodata("x.wild.example.com", "TXT", &[]),
        nodata("wild.example.com", "A", &[]),
        nodata("b.wild.example.com", "A", &[]),
        nxdomain("x.b.wild.example.com", "A", &[]),
        nodata("ent.example.com", "A", &[]),
        nxdomain("x.ent.example.com", "A", &[]),
        // A star in the middle is a character, but the name above it is still a (dataless) wildcard.
        case("x.\\052.deep.example.com", "A", &["x.\\052.deep.example.com. 60 A 192.0.2.5"]),
        nodata("y.deep.example.com", "A", &[]),
        nxdomain("y.\\052.deep.example.com", "A", &[]),
    ]);
}

#[test]
fn rule_4_6_referrals() {
    let mut world = World::new(&zone(), &[]);
    for (name, kind) in [
        ("sub.example.com", "A"),
        ("x.sub.example.com", "A"),
        ("x.deep.sub.example.com", "A"),
        ("ns1.sub.example.com", "A"),
        ("sub.example.com", "NS"),
        ("x.sub.example.com", "DS"),
        ("sub.example.com", "ANY"),
    ] {
        let reply = world.ask(name, kind);
        assert_eq!((reply.rcode, reply.aa), (0, false), "{name} {kind}");
        assert_eq!(reply.answer, [], "{name} {kind}");
        let authority: Vec<String> = reply.authority.iter().map(decode::Record::line).collect();
        assert_eq!(
            authority,
            [
                "sub.example.com. 300 NS ns1.sub.example.com.",
                "sub.example.com. 300 NS ns.example.net.",
                "sub.example.com. 300 NS ns2.example.com.",
            ]
        );
        let glue: Vec<String> = reply.additional.iter().map(decode::Record::line).collect();
        assert_eq!(
            glue,
            [
                "ns1.sub.example.com. 300 A 192.0.2.7",
                "ns1.sub.example.com. 300 AAAA 2001:db8::7",
                "ns2.example.com. 300 A 192.0.2.8",
            ]
        );
    }
}

#[test]
fn rule_4_6_ds_is_the_parents_and_a_cname_into_a_delegation_stays_authoritative() {
    let mut world = World::new(&zone(), &[]);
    let reply = world.ask("sub.example.com", "DS");
    assert!(reply.aa && reply.answer.len() == 1 && reply.answer[0].kind == "DS", "{reply:?}");
    let reply = world.ask("tosub.example.com", "A");
    assert!(reply.aa && reply.answer.len() == 1 && reply.authority.len() == 3, "{reply:?}");
    assert_eq!(reply.authority[0].owner, "sub.example.com.");
}

#[test]
fn rule_8_1_the_longest_suffix_answers_and_ds_goes_to_the_parent() {
    let mut message = zone();
    message.zones.push(proto::Zone {
        id: "Z2".to_owned(),
        name: "sub.example.com.".to_owned(),
        ..Default::default()
    });
    let inner = |name: &str, kind: &str, value: &str| {
        let mut set = set(name, kind, 60, &[value]);
        set.key.as_mut().unwrap().zone_id = "Z2".to_owned();
        set
    };
    message.record_sets.push(inner("sub.example.com.", "SOA", crate::zone::tests::SOA));
    message.record_sets.push(inner("x.sub.example.com.", "A", "192.0.2.99"));
    let mut world = World::new(&message, &[]);
    assert_eq!(world.ask("x.sub.example.com", "A").answer_lines(), ["x.sub.example.com. 60 A 192.0.2.99"]);
    let reply = world.ask("sub.example.com", "DS");
    assert_eq!((reply.answer.len(), reply.aa), (1, true), "the parent's DS");
    // Rule 8.5: a chain ends at the zone, even if the server holds the next one.
    let reply = world.ask("tosub.example.com", "A");
    assert_eq!(reply.answer_lines(), ["tosub.example.com. 10 CNAME x.sub.example.com."]);
    assert_eq!(reply.authority, []);
}

#[test]
fn rule_8_6_what_is_not_ours_or_not_served() {
    check(&[
        failed("example.net", "A", Rcode::Refused),
        failed("com", "A", Rcode::Refused),
        failed(".", "NS", Rcode::Refused),
        failed("badexample.com", "A", Rcode::Refused),
        failed("example.com", "AXFR", Rcode::Refused),
        failed("example.com", "IXFR", Rcode::Refused),
        failed("example.com", "TKEY", Rcode::NotImp),
        failed("example.com", "MAILA", Rcode::NotImp),
        failed("example.com", "OPT", Rcode::FormErr),
        failed("example.com", "ZERO", Rcode::FormErr),
    ]);
    let mut world = World::new(&zone(), &[]);
    for (opcode, rcode) in [(1, Rcode::NotImp), (2, Rcode::NotImp), (4, Rcode::NotImp), (5, Rcode::NotImp)] {
        let mut query = Query::new("example.com", "SOA");
        query.header[2] = opcode << 3;
        let reply = world.send(&query.packet(), Transport::Udp);
        assert_eq!(reply[2] >> 3 & 0xf, opcode, "the opcode is echoed");
        assert_eq!(Reply::read(&reply).rcode, rcode as u16);
    }
    for class in [3u8, 4, 255] {
        let mut query = Query::new("www.example.com", "A");
        *query.question.last_mut().unwrap() = class;
        let reply = world.send(&query.packet(), Transport::Udp);
        assert_eq!(Reply::read(&reply).rcode, Rcode::Refused as u16);
    }
}

#[test]
fn rule_8_6_any_gets_one_set() {
    check(&[
        case(
            "www.example.com",
            "ANY",
            &["www.example.com. 60 A 192.0.2.1", "www.example.com. 60 A 192.0.2.2"],
        ),
        case("alias.example.com", "ANY", &["alias.example.com. 10 CNAME WWW.example.com."]),
        nodata("ent.example.com", "ANY", &[]),
        nxdomain("nowhere.example.com", "ANY", &[]),
    ]);
}

#[test]
fn a_zone_without_soa_is_not_answered_for() {
    let mut message = zone();
    message.record_sets.remove(0);
    let mut world = World::new(&message, &[]);
    assert_eq!(world.ask("www.example.com", "A").rcode, Rcode::ServFail as u16);
}

#[test]
fn rule_3_6_negative_ttl_is_the_lower_of_ttl_and_minimum() {
    for (ttl, minimum, expected) in [(900, 86400, 900), (900, 60, 60), (5, 60, 5)] {
        let mut message = zone();
        let soa = format!("a. b. 1 7200 900 1209600 {minimum}");
        message.record_sets[0] = set("example.com.", "SOA", ttl, &[&soa]);
        let reply = World::new(&message, &[]).ask("nowhere.example.com", "A");
        assert_eq!(reply.authority[0].ttl, expected);
    }
}

#[test]
fn deltas_create_and_remove_what_names_below_need() {
    let mut world = World::new(&snapshot(1, vec![]), &[]);
    /// Name and response code.
    type Expected<'a> = &'a [(&'a str, u16)];
    let steps: &[(&[&str], &[&str], Expected)] = &[
        (&["a.b.example.com."], &[], &[("b.example.com", 0), ("a.b.example.com", 0), ("x.b.example.com", 3)]),
        (&["\\052.b.example.com."], &[], &[("x.b.example.com", 0)]),
        (&[], &["a.b.example.com."], &[("a.b.example.com", 0), ("b.example.com", 0)]),
        (&[], &["\\052.b.example.com."], &[("a.b.example.com", 3), ("b.example.com", 3)]),
    ];
    for (generation, (put, remove, expected)) in steps.iter().enumerate() {
        let generation = generation as u64 + 1;
        let mut message = delta(generation, generation + 1);
        message.record_sets = put.iter().map(|name| set(name, "A", 60, &["192.0.2.1"])).collect();
        message.removed_record_sets = remove.iter().map(|name| key(name, "A", "")).collect();
        world.apply(&message);
        for (name, rcode) in *expected {
            assert_eq!(world.ask(name, "A").rcode, *rcode, "{name} at {generation}");
        }
    }
    assert_eq!(world.snapshot.generation, 5);
}

#[test]
fn two_zones_of_one_name_never_mix_and_a_removed_one_is_gone() {
    let mut message = snapshot(1, vec![set("a.example.com.", "A", 60, &["192.0.2.1"])]);
    message.zones.push(proto::Zone {
        id: "Z0".to_owned(),
        name: "example.com.".to_owned(),
        signing: None,
        serial: 0,
    });
    let mut soa = set("example.com.", "SOA", 60, &[crate::zone::tests::SOA]);
    soa.key.as_mut().unwrap().zone_id = "Z0".to_owned();
    message.record_sets.push(soa);
    let mut world = World::new(&message, &[]);
    assert_eq!(world.ask("a.example.com", "A").rcode, Rcode::NxDomain as u16, "Z0 answers");
    let mut message = delta(1, 2);
    message.removed_zones = vec!["Z0".to_owned()];
    world.apply(&message);
    assert_eq!(world.ask("a.example.com", "A").answer.len(), 1, "Z1 answers");
    let mut message = delta(2, 3);
    message.removed_zones = vec!["Z1".to_owned()];
    world.apply(&message);
    assert_eq!(world.ask("a.example.com", "A").rcode, Rcode::Refused as u16);
}

#[test]
fn multivalue_members_share_the_lowest_ttl() {
    let sets = (0..3u32).map(|number| {
        let value = format!("192.0.2.{number}");
        member(set("m.example.com.", "A", 60 - number, &[&value]), &value, multivalue(), "")
    });
    let mut world = World::new(&snapshot(1, sets.collect()), &[]);
    let ttls: BTreeSet<u32> =
        world.ask("m.example.com", "A").answer.iter().map(|record| record.ttl).collect();
    assert_eq!(ttls, BTreeSet::from([58]));
}
