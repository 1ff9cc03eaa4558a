//! route53.md sections 9 and 10: which sets may answer in each state of health, and how often.

use super::*;
use crate::zone::tests::{failover, geolocation, member, multivalue, set, snapshot, weighted};
use controlplane_proto::dns::record_set::Policy as Given;
use std::collections::BTreeMap;

/// Last octet of the address, and how often it should come.
type Shares<'a> = &'a [(u8, f64)];

/// Last octet of the address, policy, health check.
type Members<'a> = &'a [(u8, Given, &'static str)];

/// Answers of many queries: each distinct answer (its addresses' last octets, sorted) and how often it came.
fn frequencies(members: Members, unhealthy: &[&str], queries: u32) -> BTreeMap<Vec<u8>, u32> {
    let sets = members.iter().map(|(octet, policy, check)| {
        let set = set("g.example.com.", "A", 60, &[&format!("192.0.2.{octet}")]);
        member(set, &octet.to_string(), policy.clone(), check)
    });
    let mut world = World::new(&snapshot(1, sets.collect()), unhealthy);
    let mut counts = BTreeMap::new();
    for _ in 0..queries {
        let reply = world.ask("g.example.com", "A");
        assert_eq!((reply.rcode, reply.tc), (0, false));
        let last = |record: &decode::Record| record.data.rsplit('.').next().unwrap().parse::<u8>().unwrap();
        let mut octets: Vec<u8> = reply.answer.iter().map(last).collect();
        octets.sort_unstable();
        *counts.entry(octets).or_default() += 1;
    }
    counts
}

#[test]
fn rule_10_failover_by_state_of_health() {
    let pair = [(1, failover(true), "p"), (2, failover(false), "s")];
    let unchecked = [(1, failover(true), "p"), (2, failover(false), "")];
    let only_second = [(2, failover(false), "s")];
    let cases: &[(Members, &[&str], u8)] = &[
        (&pair, &[], 1),
        (&pair, &["s"], 1),
        (&pair, &["p"], 2),
        (&pair, &["p", "s"], 1),
        (&unchecked, &["p"], 2),
        (&only_second, &["s"], 2),
    ];
    for (members, unhealthy, expected) in cases {
        let answers = frequencies(members, unhealthy, 20);
        assert_eq!(answers, BTreeMap::from([(vec![*expected], 20)]), "{unhealthy:?}");
    }
}

/// Six standard deviations of a binomial distribution: a right engine fails once in 500 million runs of other seeds.
fn assert_share(count: u32, queries: u32, share: f64) {
    let (queries, count) = (f64::from(queries), f64::from(count));
    let bound = 6.0 * (queries * share * (1.0 - share)).sqrt() + 1e-9;
    assert!((count - queries * share).abs() <= bound, "{count} of {queries} instead of the share {share}");
}

#[test]
fn rule_10_weighted_by_state_of_health() {
    const QUERIES: u32 = 20_000;
    let members =
        [(1, weighted(70), "a"), (2, weighted(30), "b"), (3, weighted(0), "c"), (4, weighted(0), "d")];
    let zeros = [(1, weighted(0), "a"), (2, weighted(0), "b")];
    let cases: &[(Members, &[&str], Shares)] = &[
        (&members, &[], &[(1, 0.7), (2, 0.3)]),
        (&members, &["a"], &[(2, 1.0)]),
        (&members, &["c", "d"], &[(1, 0.7), (2, 0.3)]),
        (&members, &["a", "b"], &[(3, 0.5), (4, 0.5)]),
        (&members, &["a", "b", "c"], &[(4, 1.0)]),
        (&members, &["a", "b", "c", "d"], &[(1, 0.7), (2, 0.3)]),
        (&zeros, &[], &[(1, 0.5), (2, 0.5)]),
        (&zeros, &["a"], &[(2, 1.0)]),
        (&zeros, &["a", "b"], &[(1, 0.5), (2, 0.5)]),
    ];
    for (members, unhealthy, shares) in cases {
        let answers = frequencies(members, unhealthy, QUERIES);
        assert_eq!(answers.len(), shares.len(), "{unhealthy:?}: {answers:?}");
        for (octet, share) in *shares {
            assert_share(answers[&vec![*octet]], QUERIES, *share);
        }
    }
}

#[test]
fn rule_10_multivalue_by_state_of_health() {
    let members: Vec<(u8, Given, &'static str)> =
        (1..=10).map(|octet| (octet, multivalue(), ["", "a", "b"][usize::from(octet) % 3])).collect();
    // Members 3, 6, 9 have no check; 1, 4, 7, 10 have a; 2, 5, 8 have b.
    let checked: Vec<_> = members.iter().filter(|(.., check)| !check.is_empty()).cloned().collect();
    let cases: &[(Members, &[&str], &[u8], usize)] = &[
        (&members, &[], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 8),
        (&members, &["a"], &[2, 3, 5, 6, 8, 9], 6),
        (&members, &["b"], &[1, 3, 4, 6, 7, 9, 10], 7),
        (&members, &["a", "b"], &[3, 6, 9], 3),
        (&checked, &["a", "b"], &[1, 2, 4, 5, 7, 8, 10], 7),
        (&members[..1], &["a"], &[1], 1),
    ];
    for (members, unhealthy, pool, size) in cases {
        let answers = frequencies(members, unhealthy, 400);
        let mut seen = BTreeSet::new();
        for answer in answers.keys() {
            assert_eq!(answer.iter().collect::<BTreeSet<_>>().len(), *size, "distinct members");
            seen.extend(answer.iter().copied());
        }
        assert_eq!(seen.into_iter().collect::<Vec<u8>>(), *pool, "{unhealthy:?}");
    }
}

#[test]
fn rule_10_multivalue_takes_each_member_equally_often() {
    const QUERIES: u32 = 20_000;
    let members: Vec<(u8, Given, &'static str)> = (1..=12).map(|octet| (octet, multivalue(), "")).collect();
    let answers = frequencies(&members, &[], QUERIES);
    for octet in 1..=12u8 {
        let count =
            answers.iter().filter(|(answer, _)| answer.contains(&octet)).map(|(_, count)| count).sum();
        assert_share(count, QUERIES, 8.0 / 12.0);
    }
}

/// Values and health check of each member; checks that fail; the addresses' last octets there may be.
type Case<'c> = (&'c [(&'c [&'c str], &'c str)], &'c [&'c str], &'c [u8]);

#[test]
fn a_multivalue_answer_says_each_record_once() {
    let group = |members: &[(&[&str], &'static str)]| {
        let one = |(number, (values, check)): (usize, &(&[&str], &'static str))| {
            member(set("g.example.com.", "A", 60, values), &number.to_string(), multivalue(), check)
        };
        snapshot(1, members.iter().enumerate().map(one).collect())
    };
    let (a, b, c) = (&["192.0.2.1"][..], &["192.0.2.2"][..], &["192.0.2.3"][..]);
    let overlapping = [(&["192.0.2.1", "192.0.2.2"][..], ""), (&["192.0.2.2", "192.0.2.3"], ""), (c, "")];
    let same = [(&["192.0.2.1", "192.0.2.2"][..], ""), (&["192.0.2.2", "192.0.2.1"], "")];
    let cases: &[Case] = &[
        (&[(a, ""), (b, ""), (a, ""), (b, "")], &[], &[1, 2]),
        (&[(a, "x"), (b, "y"), (a, "y")], &["x"], &[1, 2]),
        (&[(a, "x"), (b, "y"), (a, "x")], &["x"], &[2]),
        (&[(a, "x"), (c, "x"), (a, "x")], &["x"], &[1, 3]),
        (&overlapping, &[], &[1, 2, 3]),
        (&same, &[], &[1, 2]),
    ];
    for (members, unhealthy, expected) in cases {
        let members: Vec<(&[&str], &'static str)> = members
            .iter()
            .map(|(values, check)| (*values, *["", "x", "y"].iter().find(|known| *known == check).unwrap()))
            .collect();
        let mut world = World::new(&group(&members), unhealthy);
        for _ in 0..20 {
            let answer = world.ask("g.example.com", "A").answer;
            let mut last: Vec<u8> = answer
                .iter()
                .map(|record| record.data.rsplit('.').next().unwrap().parse().unwrap())
                .collect();
            last.sort_unstable();
            assert_eq!(last, *expected, "{members:?} {unhealthy:?}");
        }
    }
    // Of twenty members with ten values eight are said, each value as often as any other.
    let values: Vec<String> = (0..20).map(|number| format!("192.0.2.{}", number % 10)).collect();
    let values: Vec<[&str; 1]> = values.iter().map(|value| [value.as_str()]).collect();
    let twenty: Vec<(&[&str], &'static str)> = values.iter().map(|value| (&value[..], "")).collect();
    let mut world = World::new(&group(&twenty), &[]);
    let mut counts = BTreeMap::<String, u32>::new();
    for _ in 0..10_000 {
        let answer = world.ask("g.example.com", "A").answer;
        let distinct: BTreeSet<String> = answer.iter().map(|record| record.data.clone()).collect();
        assert_eq!((answer.len(), distinct.len()), (8, 8));
        distinct.into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
    }
    assert_eq!(counts.len(), 10);
    counts.values().for_each(|count| assert_share(*count, 10_000, 0.8));
}

#[test]
fn rules_8_7_and_10_the_order_of_values_is_random() {
    const QUERIES: u32 = 6_000;
    let simple = snapshot(1, vec![set("g.example.com.", "A", 60, &["192.0.2.1", "192.0.2.2", "192.0.2.3"])]);
    let members = ["1", "2", "3"].map(|last| {
        member(set("g.example.com.", "A", 60, &[&format!("192.0.2.{last}")]), last, multivalue(), "")
    });
    for message in [simple, snapshot(1, members.to_vec())] {
        let mut world = World::new(&message, &[]);
        let mut orders = BTreeMap::<Vec<String>, u32>::new();
        for _ in 0..QUERIES {
            let reply = world.ask("g.example.com", "A");
            *orders.entry(reply.answer.into_iter().map(|record| record.data).collect()).or_default() += 1;
        }
        assert_eq!(orders.len(), 6);
        orders.values().for_each(|count| assert_share(*count, QUERIES, 1.0 / 6.0));
    }
}

#[test]
fn rule_9_9_a_single_simple_set_answers_whatever_its_health() {
    let lone =
        member(set("s.example.com.", "A", 60, &["192.0.2.1"]), "", Given::Simple(Default::default()), "a");
    assert_eq!(World::new(&snapshot(1, vec![lone]), &["a"]).ask("s.example.com", "A").answer.len(), 1);
}

#[test]
fn a_chosen_set_answers_with_all_its_values_and_a_cname_set_with_one() {
    let several = member(set("v.example.com.", "A", 60, &["192.0.2.1", "192.0.2.2"]), "x", weighted(1), "");
    let cname = |to: &str, id: &str| member(set("c.example.com.", "CNAME", 60, &[to]), id, weighted(1), "");
    let mut world =
        World::new(&snapshot(1, vec![several, cname("v.example.com.", "1"), cname("x.net.", "2")]), &[]);
    assert_eq!(world.ask("v.example.com", "A").answer.len(), 2);
    let lengths: BTreeSet<usize> = (0..100).map(|_| world.ask("c.example.com", "A").answer.len()).collect();
    assert_eq!(lengths, BTreeSet::from([1, 3]), "one leads into the zone, one out of it");
}

#[test]
fn a_health_byte_changes_answers_without_a_new_snapshot() {
    let pair = [("192.0.2.1", failover(true), "p"), ("192.0.2.2", failover(false), "")]
        .map(|(value, policy, check)| member(set("f.example.com.", "A", 60, &[value]), value, policy, check));
    let mut world = World::new(&snapshot(1, pair.to_vec()), &[]);
    for (healthy, expected) in [(true, "192.0.2.1"), (false, "192.0.2.2"), (true, "192.0.2.1")] {
        world.compiler.slots().write_all(|_| healthy);
        assert_eq!(world.ask("f.example.com", "A").answer[0].data, expected);
    }
}

#[test]
fn a_cname_that_is_nobodys_choice_for_the_client_is_no_answer() {
    let there = set("c.example.com.", "CNAME", 60, &["v.example.com."]);
    let mut world = World::new(&snapshot(1, vec![member(there, "1", geolocation("DE"), "")]), &[]);
    for kind in ["A", "CNAME"] {
        let reply = world.ask("c.example.com", kind);
        assert_eq!((reply.rcode, reply.answer.len(), reply.authority.len()), (0, 0, 1), "{kind}");
    }
}
