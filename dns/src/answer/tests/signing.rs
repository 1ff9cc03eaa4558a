//! Signed zones, judged by another implementation: hickory reads each reply, and its keys verify it.

use super::model::zones::{any_question, any_surroundings, any_zone};
use super::*;
use crate::zone::tests::*;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, NSEC, RRSIG};
use hickory_proto::dnssec::{Algorithm, PublicKeyBuf, Verifier};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{DNSClass, Name as OtherName, RData, Record, RecordType as Kind};
use proptest::prelude::*;
use std::collections::BTreeMap;

const DO: u32 = 0x8000;
const DAY: u32 = 86400;

/// A signed zone and what verifies it.
struct Signed {
    world: World,
    keys: Keys,
    now: u32,
}

/// Records by section, name and type.
type Sets<'m> = BTreeMap<(bool, String, u16), Vec<&'m Record>>;

impl Signed {
    fn new(mut message: FeedMessage) -> Self {
        let keys = Keys::new();
        message.zones[0].signing = Some(keys.signing());
        Self { world: World::new(&message, &[]), keys, now: NOW }
    }

    fn of(sets: Vec<controlplane_proto::dns::RecordSet>) -> Self {
        Self::new(snapshot(1, sets))
    }

    fn packet(&mut self, packet: &[u8], transport: Transport) -> Message {
        let World { snapshot, means, identity, .. } = &mut self.world;
        let arrival = Arrival { transport, peer: NOBODY, now: self.now, identity };
        let mut out = vec![0; MAX_TCP];
        let len = answer(snapshot, packet, arrival, means, &mut out);
        Message::from_vec(&out[..len]).unwrap()
    }

    /// The reply over TCP to a query for signatures, everything in it verified.
    #[track_caller]
    fn ask(&mut self, name: &str, kind: &str) -> Message {
        let packet = Query::new(name, kind).opt(1232, DO, &[]).packet();
        let reply = self.packet(&packet, Transport::Tcp);
        if let Err(problem) = self.verify(&reply) {
            panic!("{name} {kind}: {problem}\n{reply}");
        }
        reply
    }

    /// Every set the zone vouches for has a valid signature of the right key; nothing else has one.
    fn verify(&self, reply: &Message) -> Result<(), String> {
        let (sets, signatures) = sets(reply);
        for ((in_answer, name, kind), records) in &sets {
            let referral = *kind == 2 && !in_answer && !reply.metadata.authoritative;
            let delegation = *kind == 2 && !in_answer;
            let found: Vec<&RRSIG> = signatures
                .iter()
                .filter(|(section, owner, signature)| {
                    section == in_answer
                        && owner.to_string() == *name
                        && u16::from(signature.input().type_covered) == *kind
                })
                .map(|(_, _, signature)| *signature)
                .collect();
            match (found.as_slice(), referral || delegation) {
                ([], true) => {}
                ([one], false) => self.verify_set(one, records)?,
                (found, _) => return Err(format!("{name} {kind}: {} signatures", found.len())),
            }
        }
        for (section, owner, signature) in &signatures {
            let key = (*section, owner.to_string(), u16::from(signature.input().type_covered));
            if !sets.contains_key(&key) {
                return Err(format!("a signature of {key:?}, which is not there"));
            }
        }
        Ok(())
    }

    fn verify_set(&self, signature: &RRSIG, records: &[&Record]) -> Result<(), String> {
        let input = signature.input();
        let (since, until) = (input.sig_inception.get(), input.sig_expiration.get());
        let name = &records[0].name;
        let pair = match input.type_covered {
            Kind::DNSKEY => &self.keys.key_signing,
            _ => &self.keys.zone,
        };
        let key = verifier(pair, input.type_covered == Kind::DNSKEY);
        if input.key_tag != key.calculate_key_tag().unwrap() {
            return Err("another key".to_owned());
        }
        if !(since <= self.now && self.now + 12 * 3600 < until) {
            return Err(format!("valid from {since} to {until}, not at {}", self.now));
        }
        if records.iter().any(|record| record.ttl != input.original_ttl || record.ttl > 604_800) {
            return Err(format!("{name} has TTL {}, signed {}", records[0].ttl, input.original_ttl));
        }
        if input.num_labels != name.num_labels() {
            return Err(format!("{name} is signed with {} labels", input.num_labels));
        }
        key.verify_rrsig(name, DNSClass::IN, signature, records.iter().copied())
            .map_err(|error| format!("{name} {}: {error}", input.type_covered))
    }
}

fn verifier(pair: &aws_lc_rs::signature::EcdsaKeyPair, entry: bool) -> DNSKEY {
    use aws_lc_rs::signature::KeyPair;
    let public = PublicKeyBuf::new(pair.public_key().as_ref()[1..].to_vec(), Algorithm::ECDSAP256SHA256);
    DNSKEY::new(true, entry, false, public)
}

/// A signature, whether it stands in the answer, and of what name.
type Found<'m> = (bool, &'m OtherName, &'m RRSIG);

fn sets(reply: &Message) -> (Sets<'_>, Vec<Found<'_>>) {
    let (mut sets, mut signatures) = (Sets::new(), Vec::new());
    let sections = [(true, &reply.answers), (false, &reply.authorities)];
    for (section, record) in
        sections.iter().flat_map(|(section, records)| records.iter().map(|record| (*section, record)))
    {
        match &record.data {
            RData::DNSSEC(DNSSECRData::RRSIG(signature)) => {
                signatures.push((section, &record.name, signature));
            }
            _ => {
                let key = (section, record.name.to_string(), u16::from(record.record_type()));
                sets.entry(key).or_default().push(record);
            }
        }
    }
    (sets, signatures)
}

/// The one NSEC of a section: owner, next name, types.
#[track_caller]
fn proof(records: &[Record]) -> (String, String, Vec<Kind>) {
    let found: Vec<(&Record, &NSEC)> = records
        .iter()
        .filter_map(|record| match &record.data {
            RData::DNSSEC(DNSSECRData::NSEC(nsec)) => Some((record, nsec)),
            _ => None,
        })
        .collect();
    let [(record, nsec)] = found.as_slice() else { panic!("{} proofs", found.len()) };
    (record.name.to_string(), nsec.next_domain_name().to_string(), nsec.type_bit_maps().collect())
}

fn zone() -> Vec<controlplane_proto::dns::RecordSet> {
    let mut sets = vec![
        set("www.example.com.", "A", 60, &["192.0.2.2", "192.0.2.1"]),
        set("mixed.example.com.", "CNAME", 60, &["WWW.Example.COM."]),
        set("mail.example.com.", "MX", 999_999, &["20 Other.Example.NET.", "10 WWW.example.com."]),
        set("\\052.wild.example.com.", "TXT", 60, &["\"any\""]),
        set("\\052.away.example.com.", "CNAME", 60, &["www.example.com."]),
        set("a.b.example.com.", "A", 60, &["192.0.2.3"]),
        set("sub.example.com.", "NS", 60, &["ns.sub.example.com."]),
        set("ns.sub.example.com.", "A", 60, &["192.0.2.4"]),
        set("safe.example.com.", "NS", 60, &["ns.example.net."]),
        set("safe.example.com.", "DS", 60, &[&format!("1 13 2 {}", "ab".repeat(32))]),
    ];
    for (id, weight) in [("1", 1), ("2", 1), ("3", 2)] {
        let value = format!("192.0.2.{id}");
        sets.push(member(set("w.example.com.", "A", 60, &[&value]), id, weighted(weight), ""));
        sets.push(member(set("m.example.com.", "A", 60 + weight, &[&value]), id, multivalue(), ""));
    }
    sets.push(member(set("geo.example.com.", "A", 60, &["192.0.2.9"]), "1", geolocation("DE"), ""));
    sets
}

#[test]
fn rule_16_5_everything_is_signed_as_it_is_answered() {
    let mut signed = Signed::of(zone());
    for (name, kind, answers) in [
        ("www.example.com", "A", 3),
        ("MixeD.example.com", "A", 5),
        ("mail.example.com", "MX", 3),
        ("a.b.example.com", "A", 2),
        ("w.example.com", "A", 2),
        ("m.example.com", "A", 4),
        ("example.com", "SOA", 2),
        ("example.com", "NS", 3),
        ("www.example.com", "ANY", 3),
        ("safe.example.com", "DS", 2),
    ] {
        for _ in 0..20 {
            let reply = signed.ask(name, kind);
            assert_eq!(
                (reply.metadata.response_code, reply.answers.len()),
                (ResponseCode::NoError, answers),
                "{name}"
            );
            assert!(reply.authorities.is_empty() && reply.metadata.authoritative);
        }
    }
}

#[test]
fn rule_16_9_wildcards_are_signed_as_the_name_itself() {
    let mut signed = Signed::of(zone());
    for (name, kind, answers) in
        [("x.wild.example.com", "TXT", 2), ("x.Y.wild.example.com", "TXT", 2), ("x.away.example.com", "A", 5)]
    {
        let reply = signed.ask(name, kind);
        assert_eq!((reply.answers.len(), reply.authorities.len()), (answers, 0), "{name}");
    }
    let literal =
        signed.packet(&Query::new("*.wild.example.com", "TXT").opt(1232, DO, &[]).packet(), Transport::Tcp);
    let (_, signatures) = sets(&literal);
    assert_eq!(signatures[0].2.input().num_labels, 3, "the star itself does not count");
}

#[test]
fn rule_16_7_a_name_that_does_not_exist_has_a_proof_of_its_own() {
    let mut signed = Signed::of(zone());
    let reply = signed.ask("Nobody.example.com", "A");
    assert_eq!(reply.metadata.response_code, ResponseCode::NoError);
    let (owner, next, types) = proof(&reply.authorities);
    assert_eq!((owner.as_str(), next.as_str()), ("Nobody.example.com.", "\\000.nobody.example.com."));
    assert_eq!(types, [Kind::RRSIG, Kind::NSEC, Kind::Unknown(128)]);
    assert_eq!(reply.authorities.len(), 4, "SOA and NSEC, each signed");

    let plain = signed.packet(&Query::new("nobody.example.com", "A").edns(1232).packet(), Transport::Tcp);
    assert_eq!(plain.metadata.response_code, ResponseCode::NXDomain, "for those who want no proof");
    assert_eq!(plain.authorities.len(), 1);
    let asked = signed.ask("nobody.example.com", "NSEC");
    assert_eq!(proof(&asked.answers), (owner.to_lowercase(), next, types), "what was denied with is there");
    let meta = signed.packet(&Query::new("nobody.example.com", "NXNAME").edns(1232).packet(), Transport::Tcp);
    assert_eq!(meta.metadata.response_code, ResponseCode::FormErr);
}

#[test]
fn rule_16_8_a_missing_type_is_denied_beside_all_others() {
    let mut signed = Signed::of(zone());
    for (name, kind, denied, listed) in [
        ("www.example.com", "AAAA", Kind::AAAA, Kind::A),
        ("x.wild.example.com", "A", Kind::A, Kind::TXT),
        ("geo.example.com", "A", Kind::A, Kind::TXT),
        ("www.example.com", "DS", Kind::DS, Kind::A),
        ("example.com", "DS", Kind::DS, Kind::DNSKEY),
        ("example.com", "TXT", Kind::TXT, Kind::SOA),
    ] {
        let (owner, _, types) = proof(&signed.ask(name, kind).authorities);
        assert_eq!(owner, format!("{name}."));
        assert!(!types.contains(&denied) && types.contains(&listed), "{name} {kind}: {types:?}");
        assert!(!types.contains(&Kind::CNAME), "{name} {kind}");
        assert_eq!(types.contains(&Kind::NS), types.contains(&Kind::SOA), "{name} {kind}");
    }
    let (_, _, types) = proof(&signed.ask("b.example.com", "A").authorities);
    assert_eq!(types, [Kind::RRSIG, Kind::NSEC], "an empty non-terminal has nothing");
    let aliased = signed.ask("mixed.example.com", "AAAA");
    assert_eq!((aliased.answers.len(), proof(&aliased.authorities).0.as_str()), (2, "WWW.example.com."));
}

#[test]
fn delegations_are_said_to_be_signed_or_not() {
    let mut signed = Signed::of(zone());
    let safe = signed.ask("x.safe.example.com", "A");
    assert_eq!(safe.authorities.iter().filter(|record| record.record_type() == Kind::DS).count(), 1);
    let (owner, _, types) = proof(&signed.ask("x.sub.example.com", "A").authorities);
    assert_eq!((owner.as_str(), types), ("sub.example.com.", vec![Kind::NS, Kind::RRSIG, Kind::NSEC]));
    let (_, _, types) = proof(&signed.ask("sub.example.com", "DS").authorities);
    assert_eq!(types, [Kind::NS, Kind::RRSIG, Kind::NSEC]);
}

#[test]
fn keys_are_signed_for_the_day() {
    let mut signed = Signed::of(zone());
    let mut seen = BTreeSet::new();
    for day in 0..9 {
        signed.now = NOW + day * DAY;
        let reply = signed.ask("example.com", "DNSKEY");
        assert_eq!(reply.answers.len(), 3);
        let (_, signatures) = sets(&reply);
        assert!(seen.insert(signatures[0].2.input().sig_inception.get()), "day {day} has its own");
    }
    let plain = signed.packet(&Query::new("example.com", "DNSKEY").packet(), Transport::Tcp);
    assert_eq!(plain.answers.len(), 2);
    let (_, _, types) = proof(&signed.ask("www.example.com", "DNSKEY").authorities);
    assert!(!types.contains(&Kind::DNSKEY));
    let reply = signed.ask("example.com", "NSEC");
    assert!(proof(&reply.answers).2.contains(&Kind::DNSKEY));
    for kind in ["RRSIG", "NSEC"] {
        let reply = signed.packet(&Query::new("www.example.com", kind).packet(), Transport::Tcp);
        let kinds: Vec<u16> = reply.answers.iter().map(|record| record.record_type().into()).collect();
        assert_eq!(kinds, [type_code(kind)], "to who asks for nothing else");
    }
}

#[test]
fn rule_3_5_no_record_of_a_signed_zone_lives_longer_than_a_week() {
    let sets = vec![set("mail.example.com.", "MX", 999_999, &["10 a.example.net."])];
    let mut unsigned = World::new(&snapshot(1, sets.clone()), &[]);
    assert_eq!(unsigned.ask("mail.example.com", "MX").answer[0].ttl, 999_999);
    let mut signed = Signed::of(sets);
    assert_eq!(signed.world.ask("mail.example.com", "MX").answer[0].ttl, 604_800);
    signed.ask("mail.example.com", "MX");
}

#[test]
fn rule_16_10_signatures_are_kept_for_a_while_and_renewed_before_they_end() {
    let mut signed = Signed::of(zone());
    let made = |signed: &mut Signed| {
        let reply = signed.ask("www.example.com", "A");
        let (_, signatures) = sets(&reply);
        (signatures[0].2.input().sig_inception.get(), signatures[0].2.sig().to_vec())
    };
    let first = made(&mut signed);
    assert_eq!(first.0, NOW - 3600);
    signed.now = NOW + 5 * 3600;
    assert_eq!(made(&mut signed), first);
    signed.now = NOW + 6 * 3600;
    let second = made(&mut signed);
    assert_eq!(second.0, NOW + 5 * 3600);
    // A clock set back: nothing that is not valid yet.
    signed.now = NOW - 7200;
    assert_eq!(made(&mut signed).0, NOW - 3 * 3600);
}

#[test]
fn names_that_do_not_exist_push_out_each_others_signatures_and_no_others() {
    let made = |signed: &mut Signed, name: &str, kind: &str| {
        let reply = signed.ask(name, kind);
        let (_, signatures) = sets(&reply);
        signatures[0].2.sig().to_vec()
    };
    let mut signed = Signed::of(zone());
    signed.world.means.signatures = Signatures::small([7, 7]);
    let www = made(&mut signed, "www.example.com", "A");
    // There is room for sixteen.
    let first: Vec<Vec<u8>> = (0..64).map(|number| made(&mut signed, &wild(number), "TXT")).collect();
    let again: Vec<Vec<u8>> = (0..64).map(|number| made(&mut signed, &wild(number), "TXT")).collect();
    let kept = first.iter().zip(&again).filter(|(first, again)| first == again).count();
    assert!(kept <= 16, "{kept} of 64");
    assert_eq!(made(&mut signed, &wild(63), "TXT"), again[63]);
    assert_eq!(made(&mut signed, "www.example.com", "A"), www);
}

fn wild(number: usize) -> String {
    format!("n{number}.wild.example.com")
}

#[test]
fn what_changes_is_signed_anew() {
    let mut signed = Signed::of(zone());
    signed.ask("www.example.com", "A");
    let changed = set("www.example.com.", "A", 60, &["192.0.2.77"]);
    signed.world.apply(&FeedMessage { record_sets: vec![changed], ..delta(1, 2) });
    signed.ask("www.example.com", "A");
    signed.keys = Keys::new();
    let zone = controlplane_proto::dns::Zone {
        id: "Z1".to_owned(),
        name: "example.com.".to_owned(),
        signing: Some(signed.keys.signing()),
        serial: 0,
    };
    signed.world.apply(&FeedMessage { zones: vec![zone.clone()], ..delta(2, 3) });
    signed.ask("www.example.com", "A");
    signed.ask("example.com", "DNSKEY");
    let unsigned = controlplane_proto::dns::Zone { signing: None, ..zone };
    signed.world.apply(&FeedMessage { zones: vec![unsigned], ..delta(3, 4) });
    let packet = Query::new("www.example.com", "A").opt(1232, DO, &[]).packet();
    assert_eq!(signed.packet(&packet, Transport::Tcp).answers.len(), 1, "without a signature");
}

#[test]
fn an_answer_that_does_not_fit_with_its_signatures_is_cut() {
    let mut signed = Signed::of(zone());
    let query = |size| Query::new("mixed.example.com", "A").opt(size, DO, &[]).packet();
    let small = signed.packet(&query(512), Transport::Udp);
    assert!(!small.metadata.truncation && small.answers.len() == 5);
    let sets: Vec<String> = (0..25).map(|number| format!("192.0.2.{number}")).collect();
    let values: Vec<&str> = sets.iter().map(String::as_str).collect();
    let mut signed = Signed::of(vec![set("many.example.com.", "A", 60, &values)]);
    let query = |ttl| Query::new("many.example.com", "A").opt(512, ttl, &[]).packet();
    assert!(!signed.packet(&query(0), Transport::Udp).metadata.truncation);
    let cut = signed.packet(&query(DO), Transport::Udp);
    assert!(cut.metadata.truncation && cut.answers.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_answer_of_any_signed_zone_is_valid(
        sets in any_zone(),
        (_, collections) in any_surroundings(),
        questions in prop::collection::vec(any_question(), 1..8),
    ) {
        let mut signed = Signed::new(FeedMessage { cidr_collections: collections, ..snapshot(1, sets) });
        for question in &questions {
            let packet = Query::new(&question.name, question.kind).opt(1232, DO, &[]).packet();
            let reply = signed.packet(&packet, Transport::Tcp);
            prop_assert_eq!(reply.metadata.response_code, ResponseCode::NoError);
            prop_assert_eq!(signed.verify(&reply), Ok(()), "{:?}\n{}", question, reply);
            let denies = reply.authorities.iter().any(|record| record.record_type() == Kind::SOA);
            if denies {
                let (_, _, types) = proof(&reply.authorities);
                prop_assert!(!types.contains(&Kind::from(type_code(question.kind))) && !types.contains(&Kind::CNAME));
            }
        }
    }
}
