//! A second, slow and obvious implementation of the rules, which judges replies over random zones and health.
//!
//! It works on texts and lists straight from the feed's messages and shares nothing with the engine but the parser
//! of values. It does not predict a reply (choices are random) but says whether a reply is among the right ones.

use super::decode::Record;
use super::*;
use crate::zone::tests::{delta, failover, member, multivalue, set, snapshot, weighted};
use controlplane_proto::dns::RecordSet;
use controlplane_proto::dns::record_set::Policy as Given;
use controlplane_types::dns::{Name, rdata};
use proptest::prelude::*;

struct Model<'a> {
    sets: &'a [RecordSet],
    unhealthy: &'a BTreeSet<String>,
}

/// Labels, leftmost first.
type Labels = Vec<Vec<u8>>;

fn labels(text: &str) -> Labels {
    Name::parse(text).unwrap().labels().map(<[u8]>::to_vec).collect()
}

fn text(labels: &Labels) -> String {
    let wire: Vec<u8> =
        labels.iter().flat_map(|label| [&[label.len() as u8], label.as_slice()].concat()).collect();
    name::format(&[wire, vec![0]].concat())
}

impl<'a> Model<'a> {
    fn at(&self, name: &Labels, kind: &str) -> Vec<&'a RecordSet> {
        let here = |set: &&RecordSet| {
            let key = set.key.as_ref().unwrap();
            labels(&key.name) == *name && key.r#type == kind
        };
        self.sets.iter().filter(here).collect()
    }

    fn exists(&self, name: &Labels) -> bool {
        self.sets.iter().any(|set| labels(&set.key.as_ref().unwrap().name).ends_with(name))
    }

    /// The delegation that takes `name` away from the zone.
    fn cut(&self, name: &Labels, kind: &str) -> Option<Labels> {
        let depths = (0..name.len().saturating_sub(2)).rev();
        let topmost = depths
            .map(|skip| name[skip..].to_vec())
            .find(|above| above[0] != b"*" && !self.at(above, "NS").is_empty())?;
        (topmost != *name || kind != "DS").then_some(topmost)
    }

    /// The name whose sets answer for `name`.
    fn source(&self, name: &Labels) -> Option<Labels> {
        if self.exists(name) {
            return Some(name.clone());
        }
        let encloser = (1..name.len()).map(|skip| name[skip..].to_vec()).find(|above| self.exists(above))?;
        let star = [vec![b"*".to_vec()], encloser].concat();
        self.exists(&star).then_some(star)
    }

    fn healthy(&self, set: &RecordSet) -> bool {
        set.health_check_id.is_empty() || !self.unhealthy.contains(&set.health_check_id)
    }

    /// The sets that may answer, by the text of route53.md section 10.
    fn candidates(&self, group: &[&'a RecordSet]) -> Vec<&'a RecordSet> {
        let only = |test: &dyn Fn(&RecordSet) -> bool| -> Vec<&'a RecordSet> {
            group.iter().copied().filter(|set| test(set)).collect()
        };
        let weight = |set: &RecordSet| match set.policy {
            Some(Given::Weighted(ref weighted)) => weighted.weight,
            _ => 0,
        };
        let first_filled = |choices: Vec<Vec<&'a RecordSet>>| {
            choices.into_iter().find(|choice| !choice.is_empty()).unwrap_or_default()
        };
        match group[0].policy.unwrap() {
            Given::Simple(_) => group.to_vec(),
            Given::Weighted(_) => first_filled(vec![
                only(&|set| weight(set) > 0 && self.healthy(set)),
                only(&|set| weight(set) == 0 && self.healthy(set)),
                only(&|set| weight(set) > 0),
                group.to_vec(),
            ]),
            Given::Failover(_) => {
                let role = |set: &RecordSet, role: bool| set.policy == Some(failover(role));
                first_filled(vec![
                    only(&|set| role(set, true) && self.healthy(set)),
                    only(&|set| role(set, false) && self.healthy(set)),
                    only(&|set| role(set, true)),
                    group.to_vec(),
                ])
            }
            Given::Multivalue(_) => first_filled(vec![only(&|set| self.healthy(set)), group.to_vec()]),
        }
    }

    /// Whether `records` is an answer the group may give.
    fn may_answer(&self, group: &[&RecordSet], owner: &str, kind: &str, records: &[Record]) -> bool {
        let record_kind = RecordType::parse(kind).unwrap();
        let line = |ttl: u32, value: &String| {
            let wire = rdata::parse_as(record_kind, value).unwrap();
            Record {
                owner: owner.to_owned(),
                ttl,
                kind: kind.to_owned(),
                data: rdata::format(record_kind, &wire).unwrap(),
            }
        };
        let mut records = records.to_vec();
        records.sort();
        let candidates = self.candidates(group);
        if group[0].policy == Some(multivalue()) {
            let ttl = group.iter().map(|set| set.ttl).min().unwrap();
            let pool: BTreeSet<Record> =
                candidates.iter().flat_map(|set| &set.values).map(|value| line(ttl, value)).collect();
            let distinct: BTreeSet<Record> = records.iter().cloned().collect();
            return records.len() == pool.len().min(8)
                && distinct.len() == records.len()
                && distinct.is_subset(&pool);
        }
        candidates.iter().any(|set| {
            let mut lines: Vec<Record> = set.values.iter().map(|value| line(set.ttl, value)).collect();
            lines.sort();
            lines == records
        })
    }

    /// What is wrong with a reply, if anything.
    fn judge(&self, asked: &str, kind: &str, reply: &Reply) -> Result<(), String> {
        let mut name = labels(asked);
        let mut owner = asked.to_owned();
        let mut rest = reply.answer.as_slice();
        let mut seen = BTreeSet::new();
        loop {
            if let Some(cut) = self.cut(&name, kind) {
                let servers = self.at(&cut, "NS");
                let aa = !seen.is_empty();
                let ok = rest.is_empty() && reply.rcode == 0 && reply.aa == aa;
                let cut_text = text(&cut);
                let ok = ok
                    && reply.authority.iter().all(|record| record.owner == cut_text && record.kind == "NS");
                return check(ok && self.may_answer(&servers, &cut_text, "NS", &reply.authority), "referral");
            }
            check(reply.aa, "AA")?;
            let Some(source) = self.source(&name) else {
                return check(rest.is_empty() && reply.rcode == 3 && has_soa(reply), "NXDOMAIN");
            };
            let exists = reply.rcode == 0;
            let group = self.at(&source, kind);
            if !group.is_empty() {
                let ok = exists && self.may_answer(&group, &owner, kind, rest) && reply.authority.is_empty();
                return check(ok, "answer");
            }
            let aliases = self.at(&source, "CNAME");
            if aliases.is_empty() {
                return check(exists && rest.is_empty() && has_soa(reply), "NODATA");
            }
            if !seen.insert(name.clone()) {
                return check(exists && rest.is_empty() && reply.authority.is_empty(), "loop");
            }
            let (alias, after) = rest.split_first().ok_or("a CNAME is missing")?;
            let ok = self.may_answer(&aliases, &owner, "CNAME", std::slice::from_ref(alias));
            check(ok, "CNAME")?;
            rest = after;
            owner = alias.data.clone();
            name = labels(&owner);
            if !name.ends_with(&labels("example.com")) {
                return check(
                    exists && rest.is_empty() && reply.authority.is_empty(),
                    "a chain that leaves the zone",
                );
            }
        }
    }
}

fn check(ok: bool, what: &str) -> Result<(), String> {
    if ok { Ok(()) } else { Err(format!("not right as {what}")) }
}

fn has_soa(reply: &Reply) -> bool {
    reply.authority.len() == 1
        && reply.authority[0].kind == "SOA"
        && reply.authority[0].owner.ends_with("example.com.")
}

/// Names of up to three labels below the zone, from a small alphabet so that they meet.
fn any_name() -> impl Strategy<Value = String> {
    let label = prop::sample::select(vec!["a", "b", "c", "\\052"]);
    prop::collection::vec(label, 0..4).prop_map(|labels| {
        labels.iter().map(|label| format!("{label}.")).collect::<String>() + "example.com."
    })
}

fn any_value(kind: &'static str) -> BoxedStrategy<String> {
    match kind {
        "A" => any::<[u8; 4]>().prop_map(|octets| std::net::Ipv4Addr::from(octets).to_string()).boxed(),
        "TXT" => "[a-z]{1,9}".prop_map(|text| format!("\"{text}\"")).boxed(),
        "MX" => any_name().prop_map(|name| format!("10 {name}")).boxed(),
        "DS" => "[0-9a-f]{64}".prop_map(|digest| format!("1 13 2 {digest}")).boxed(),
        _ => prop_oneof![4 => any_name(), 1 => Just("www.example.net.".to_owned())].boxed(),
    }
}

const KINDS: &[&str] = &["A", "TXT", "MX", "CNAME", "NS", "DS"];
const CHECKS: &[&str] = &["", "h1", "h2", "h3"];

/// All sets of one name and type.
fn any_group() -> impl Strategy<Value = Vec<RecordSet>> {
    let kind = prop::sample::select(vec!["A", "A", "A", "TXT", "MX", "CNAME", "CNAME", "NS", "DS"]);
    (any_name(), kind, 0..4u8).prop_flat_map(|(name, kind, policy)| {
        let simple = matches!(kind, "NS" | "DS") || policy == 0 || (kind == "CNAME" && policy == 3);
        let count = if simple {
            1..2
        } else if policy == 2 {
            1..3
        } else {
            1..12usize
        };
        let most = if kind == "CNAME" || policy == 3 { 2 } else { 4 };
        let values = prop::collection::btree_set(any_value(kind), 1..most);
        let one = (values, 0..300u32, 0..4u32, prop::sample::select(CHECKS));
        prop::collection::vec(one, count).prop_map(move |members| {
            let mut used = BTreeSet::new();
            let set_of =
                |(number, (values, ttl, weight, check)): (usize, (BTreeSet<String>, u32, u32, &str))| {
                    let values: Vec<&str> = values
                        .iter()
                        .map(String::as_str)
                        .filter(|value| used.insert((*value).to_owned()))
                        .collect();
                    let set = set(&name, kind, ttl, &values);
                    let given = match policy {
                        _ if simple => return set,
                        1 => weighted(weight * 60),
                        2 => failover(number == 0),
                        _ => multivalue(),
                    };
                    member(set, &format!("s{number}"), given, check)
                };
            members.into_iter().enumerate().map(set_of).filter(|set| !set.values.is_empty()).collect()
        })
    })
}

/// Sets of a zone that Route 53 would accept: one group per name and type, CNAME alone and not at the apex.
fn any_zone() -> impl Strategy<Value = Vec<RecordSet>> {
    prop::collection::vec(any_group(), 0..14).prop_map(|groups| {
        let mut taken: Vec<(String, String)> = vec![];
        let mut sets = Vec::new();
        for group in groups {
            let Some(key) = group.first().and_then(|set| set.key.clone()) else {
                continue;
            };
            let apex = key.name == "example.com.";
            let clash = taken.iter().any(|(name, kind)| {
                *name == key.name && (*kind == key.r#type || kind == "CNAME" || key.r#type == "CNAME")
            });
            if clash || (apex && matches!(key.r#type.as_str(), "CNAME" | "NS" | "DS")) {
                continue;
            }
            taken.push((key.name, key.r#type));
            sets.extend(group);
        }
        sets
    })
}

fn any_unhealthy() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(vec!["h1", "h2", "h3"], 0..=3)
}

fn judge_all(world: &mut World, questions: &[(String, &'static str)]) -> Result<(), TestCaseError> {
    let message = world.store.to_message();
    let unhealthy = world.unhealthy.clone();
    let model = Model { sets: &message.record_sets, unhealthy: &unhealthy };
    for (name, kind) in questions {
        let packet = Query::new(name, kind).edns(4096).packet();
        let octets = world.send(&packet, Transport::Tcp);
        hickory_proto::op::Message::from_vec(&octets)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        let reply = Reply::read(&octets);
        model
            .judge(name, kind, &reply)
            .map_err(|fault| TestCaseError::fail(format!("{name} {kind}: {fault}\n{reply:#?}")))?;
    }
    Ok(())
}

/// The difference between two zones, as a delta.
fn difference(from: &[RecordSet], to: &[RecordSet]) -> FeedMessage {
    let mut message = delta(1, 2);
    message.record_sets = to.iter().filter(|set| !from.contains(set)).cloned().collect();
    let kept = |old: &&RecordSet| !to.iter().any(|set| set.key == old.key);
    message.removed_record_sets = from.iter().filter(kept).filter_map(|set| set.key.clone()).collect();
    message
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_reply_is_one_the_model_allows(
        sets in any_zone(),
        unhealthy in any_unhealthy(),
        questions in prop::collection::vec((any_name(), prop::sample::select(KINDS)), 1..30),
    ) {
        judge_all(&mut World::new(&snapshot(1, sets), &unhealthy), &questions)?;
    }

    #[test]
    fn a_delta_leads_to_what_a_snapshot_would(
        before in any_zone(),
        after in any_zone(),
        unhealthy in any_unhealthy(),
        questions in prop::collection::vec((any_name(), prop::sample::select(KINDS)), 1..30),
    ) {
        let mut world = World::new(&snapshot(1, before.clone()), &unhealthy);
        world.apply(&difference(&before, &after));
        let by_snapshot = World::new(&snapshot(2, after), &unhealthy);
        prop_assert_eq!(world.store.to_message(), by_snapshot.store.to_message());
        judge_all(&mut world, &questions)?;
    }
}

#[test]
fn the_model_refuses_wrong_replies() {
    let sets = vec![
        set("a.example.com.", "A", 60, &["192.0.2.1"]),
        member(set("f.example.com.", "A", 60, &["192.0.2.2"]), "p", failover(true), "h1"),
        member(set("f.example.com.", "A", 60, &["192.0.2.3"]), "s", failover(false), ""),
    ];
    let mut world = World::new(&snapshot(1, sets), &[]);
    let message = world.store.to_message();
    let unhealthy = BTreeSet::from(["h1".to_owned()]);
    let model = Model { sets: &message.record_sets, unhealthy: &unhealthy };
    assert!(
        model.judge("f.example.com.", "A", &world.ask("f.example.com.", "A")).is_err(),
        "the primary is down"
    );
    let mut reply = world.ask("a.example.com.", "A");
    model.judge("a.example.com.", "A", &reply).unwrap();
    reply.answer[0].ttl = 61;
    assert!(model.judge("a.example.com.", "A", &reply).is_err(), "the TTL is wrong");
    assert!(model.judge("b.example.com.", "A", &reply).is_err(), "the name does not exist");
}
