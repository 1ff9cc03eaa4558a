//! route53.md sections 6 and 9: aliases, and trees of them, at every level of health.

use super::*;
use crate::zone::tests::{
    alias, delta, failover, geolocation, key, latency, member, set, snapshot, weighted,
};
use controlplane_proto::dns::RecordSet;
use controlplane_proto::dns::record_set::Policy as Given;

const TOP: &str = "www.example.com";

/// A set with one address.
fn address(name: &str, last: u8) -> RecordSet {
    set(name, "A", 60, &[&format!("192.0.2.{last}")])
}

/// The last octets of the addresses `TOP` gives in many answers.
fn lasts(world: &mut World) -> BTreeSet<u8> {
    let mut seen = BTreeSet::new();
    for _ in 0..50 {
        let reply = world.ask(TOP, "A");
        assert_eq!(reply.rcode, 0);
        seen.extend(
            reply.answer.iter().map(|record| record.data.rsplit('.').next().unwrap().parse::<u8>().unwrap()),
        );
    }
    seen
}

#[test]
fn rule_6_6_an_alias_shows_its_targets_values_and_ttl_under_its_own_name() {
    let sets = vec![
        alias("www.example.com.", "A", "pool.example.com.", false),
        set("pool.example.com.", "A", 17, &["192.0.2.1", "192.0.2.2"]),
        set("pool.example.com.", "AAAA", 17, &["2001:db8::1"]),
        alias("\\052.wild.example.com.", "MX", "mail.example.com.", false),
        set("mail.example.com.", "MX", 5, &["10 mx.example.com."]),
        alias("c.example.com.", "CNAME", "d.example.com.", false),
        set("d.example.com.", "CNAME", 9, &["pool.example.com."]),
    ];
    let mut world = World::new(&snapshot(1, sets), &[]);
    let reply = world.ask(TOP, "A");
    assert_eq!(reply.answer_lines(), ["www.example.com. 17 A 192.0.2.1", "www.example.com. 17 A 192.0.2.2"]);
    assert!(reply.aa && reply.authority.is_empty());
    let reply = world.ask(TOP, "AAAA");
    assert_eq!(
        (reply.rcode, reply.answer.len(), reply.authority.len()),
        (0, 0, 1),
        "it matches only its own type"
    );
    assert_eq!(
        world.ask("x.y.wild.example.com", "MX").answer_lines(),
        ["x.y.wild.example.com. 5 MX 10 mx.example.com."]
    );
    assert_eq!(
        world.ask("c.example.com", "A").answer_lines(),
        [
            "c.example.com. 9 CNAME pool.example.com.",
            "pool.example.com. 17 A 192.0.2.1",
            "pool.example.com. 17 A 192.0.2.2"
        ]
    );
}

#[test]
fn rule_6_13_an_alias_of_nothing_is_nodata_and_comes_alive_with_its_target() {
    let mut world =
        World::new(&snapshot(1, vec![alias("www.example.com.", "A", "pool.example.com.", true)]), &[]);
    let put = |generation: u64, set: RecordSet| FeedMessage {
        record_sets: vec![set],
        ..delta(generation, generation + 1)
    };
    let remove = |generation: u64, name: &str| {
        let removed_record_sets = vec![key(name, "A", "")];
        FeedMessage { removed_record_sets, ..delta(generation, generation + 1) }
    };
    let steps = [
        (None, None),
        (Some(put(1, address("pool.example.com.", 1))), Some("192.0.2.1")),
        (Some(put(2, address("pool.example.com.", 2))), Some("192.0.2.2")),
        (Some(remove(3, "pool.example.com.")), None),
        (Some(put(4, alias("pool.example.com.", "A", "end.example.com.", true))), None),
        (Some(put(5, address("end.example.com.", 3))), Some("192.0.2.3")),
        (Some(remove(6, "end.example.com.")), None),
    ];
    for (message, expected) in steps {
        message.iter().for_each(|message| world.apply(message));
        let reply = world.ask(TOP, "A");
        assert_eq!(reply.answer.first().map(|record| record.data.as_str()), expected);
        assert_eq!((reply.rcode, reply.authority.len()), (0, usize::from(expected.is_none())));
    }
}

#[test]
fn rule_6_5_loops_lead_nowhere_and_what_is_off_the_loop_answers() {
    let member_alias =
        |name: &str, id: &str, target: &str| member(alias(name, "A", target, true), id, weighted(1), "");
    let looped = vec![
        member_alias("www.example.com.", "1", "b.example.com."),
        member(address("www.example.com.", 1), "2", weighted(1), ""),
        member_alias("b.example.com.", "1", "c.example.com."),
        member_alias("c.example.com.", "1", "www.example.com."),
        member_alias("c.example.com.", "2", "off.example.com."),
        address("off.example.com.", 9),
        alias("self.example.com.", "A", "self.example.com.", true),
        alias("tail.example.com.", "A", "www.example.com.", true),
    ];
    let mut world = World::new(&snapshot(1, looped), &[]);
    assert_eq!(lasts(&mut world), BTreeSet::from([1]), "the alias is never healthy");
    for name in ["self.example.com", "b.example.com"] {
        let reply = world.ask(name, "A");
        assert_eq!((reply.rcode, reply.answer.len(), reply.authority.len()), (0, 0, 1), "{name}");
    }
    assert_eq!(world.ask("c.example.com", "A").answer[0].data, "192.0.2.9");
    assert_eq!(world.ask("tail.example.com", "A").answer[0].data, "192.0.2.1", "it only leads to the loop");
    // The loop is opened: nobody named www or b is touched by that.
    let opened = FeedMessage { removed_record_sets: vec![key("c.example.com.", "A", "1")], ..delta(1, 2) };
    world.apply(&opened);
    assert_eq!(lasts(&mut world), BTreeSet::from([1, 9]));
}

#[test]
fn rules_6_5_and_9_5_trees_are_followed_to_any_depth_and_dags_cost_no_more() {
    let depth = 300;
    let level = |number: usize| format!("l{number}.example.com.");
    let mut sets = vec![alias("www.example.com.", "A", &level(0), true)];
    for number in 0..depth {
        // Two aliases to one target on each level: 2^300 ways down.
        for side in ["a", "b"] {
            sets.push(member(alias(&level(number), "A", &level(number + 1), true), side, weighted(1), ""));
        }
    }
    sets.push(member(address(&level(depth), 1), "a", weighted(1), "h1"));
    sets.push(member(address(&level(depth), 2), "b", weighted(1), "h2"));
    let mut world = World::new(&snapshot(1, sets), &[]);
    assert_eq!(lasts(&mut world), BTreeSet::from([1, 2]));
    world.compiler.slots().write("h1", false);
    assert_eq!(lasts(&mut world), BTreeSet::from([2]));
    world.compiler.slots().write("h2", false);
    assert_eq!(lasts(&mut world), BTreeSet::from([1, 2]), "fail open");
}

/// Two regions by failover below a latency record each, both pools weighted; `e` says whether the aliases evaluate.
fn two_levels(e: bool) -> Vec<RecordSet> {
    let branch = |target: &str, id: &str, policy: Given, check: &'static str| {
        member(alias("www.example.com.", "A", target, e), id, policy, check)
    };
    vec![
        branch("one.example.com.", "1", failover(true), "branch"),
        branch("two.example.com.", "2", failover(false), ""),
        member(address("one.example.com.", 11), "a", weighted(1), "a1"),
        member(address("one.example.com.", 12), "b", weighted(1), "b1"),
        member(address("one.example.com.", 13), "c", weighted(0), "c1"),
        member(address("two.example.com.", 21), "a", weighted(1), "a2"),
        member(address("two.example.com.", 22), "b", weighted(1), "b2"),
    ]
}

#[test]
fn section_9_trees_by_state_of_health() {
    /// Whether aliases evaluate, what fails, the answers.
    type Case<'a> = (bool, &'a [&'a str], &'a [u8]);
    let cases: &[Case] = &[
        (true, &[], &[11, 12]),
        (true, &["a1"], &[12]),
        // 9.10: a member of weight 0 keeps its group healthy.
        (true, &["a1", "b1"], &[13]),
        // 9.6: an unhealthy branch is left.
        (true, &["a1", "b1", "c1"], &[21, 22]),
        (true, &["a1", "b1", "c1", "a2"], &[22]),
        // 9.4 and 9.5: the last resort on each level: the primary, and all of its members.
        (true, &["a1", "b1", "c1", "a2", "b2"], &[11, 12]),
        // 9.8: an unhealthy check on the alias removes the branch, whatever its members.
        (true, &["branch"], &[21, 22]),
        (true, &["branch", "a2", "b2"], &[11, 12]),
        (true, &["branch", "a2", "b2", "a1"], &[12]),
        // 9.7: an alias that does not evaluate stays, and an answer comes out of it.
        (false, &["a1", "b1", "c1"], &[11, 12]),
        (false, &["a1"], &[12]),
        (false, &["branch", "a1", "b1", "c1", "a2"], &[22]),
    ];
    for (evaluate, unhealthy, expected) in cases {
        let mut world = World::new(&snapshot(1, two_levels(*evaluate)), unhealthy);
        assert_eq!(
            lasts(&mut world),
            BTreeSet::from_iter(expected.iter().copied()),
            "{evaluate} {unhealthy:?}"
        );
        // The same when checks fail one by one after publication, in any order.
        let mut world = World::new(&snapshot(1, two_levels(*evaluate)), &[]);
        unhealthy.iter().rev().for_each(|check| world.compiler.slots().write(check, false));
        assert_eq!(
            lasts(&mut world),
            BTreeSet::from_iter(expected.iter().copied()),
            "{evaluate} {unhealthy:?}"
        );
    }
}

#[test]
fn rule_6_11_evaluation_means_nothing_on_a_simple_alias() {
    let mut sets = two_levels(true);
    sets.retain(|set| set.key.as_ref().unwrap().name != "www.example.com.");
    sets.push(alias("www.example.com.", "A", "one.example.com.", true));
    let mut world = World::new(&snapshot(1, sets), &["a1", "b1", "c1"]);
    assert_eq!(lasts(&mut world), BTreeSet::from([11, 12]));
}

#[test]
fn rule_6_13_a_target_that_is_gone_is_not_healthy() {
    let mut sets = two_levels(true);
    sets.retain(|set| set.key.as_ref().unwrap().name != "one.example.com.");
    let mut world = World::new(&snapshot(1, sets.clone()), &[]);
    assert_eq!(lasts(&mut world), BTreeSet::from([21, 22]));
    // Without evaluation it is taken, and has nothing to say.
    sets[0].alias.as_mut().unwrap().evaluate_target_health = false;
    assert_eq!(World::new(&snapshot(1, sets), &[]).ask(TOP, "A").answer, []);
}

/// Section 9's "real configuration to pass": geolocation aliases to a failover pair per pool, whose secondary leads to
/// the next pool's pair, the last one to plain values.
fn octodns() -> Vec<RecordSet> {
    let mut sets = vec![
        member(alias("www.example.com.", "A", "eu.example.com.", true), "eu", geolocation("EU"), ""),
        member(alias("www.example.com.", "A", "na.example.com.", true), "na", geolocation("*"), ""),
        address("default.example.com.", 1),
    ];
    for (pool, next, first) in [("eu", "na.example.com.", 10), ("na", "default.example.com.", 20)] {
        let (pair, values) = (format!("{pool}.example.com."), format!("{pool}-pool.example.com."));
        sets.push(member(alias(&pair, "A", &values, true), "p", failover(true), ""));
        sets.push(member(alias(&pair, "A", next, true), "s", failover(false), ""));
        let check = if pool == "eu" { "eu" } else { "na" };
        sets.push(member(address(&values, first), "1", weighted(1), check));
        sets.push(member(address(&values, first + 1), "2", weighted(3), check));
    }
    sets
}

#[test]
fn section_9_the_configuration_octodns_builds() {
    let cases: &[(&[&str], &[u8])] =
        &[(&[], &[20, 21]), (&["na"], &[1]), (&["eu"], &[20, 21]), (&["eu", "na"], &[1])];
    for (unhealthy, expected) in cases {
        let mut world = World::new(&snapshot(1, octodns()), unhealthy);
        assert_eq!(lasts(&mut world), BTreeSet::from_iter(expected.iter().copied()), "{unhealthy:?}");
    }
}

#[test]
fn rule_9_3_a_tree_takes_the_next_latency_when_a_region_is_down() {
    let regional = |region: &str, target: &str| {
        member(alias("www.example.com.", "A", target, true), region, latency(region), "")
    };
    let sets = vec![
        regional("us-east-1", "us.example.com."),
        regional("eu-west-1", "eu.example.com."),
        member(address("us.example.com.", 1), "a", weighted(1), "us"),
        member(address("eu.example.com.", 2), "a", weighted(1), "eu"),
    ];
    for (unhealthy, expected) in [(vec![], 1), (vec!["us"], 2), (vec!["us", "eu"], 1)] {
        let mut world = World::new(&snapshot(1, sets.clone()), &unhealthy);
        assert_eq!(lasts(&mut world), BTreeSet::from([expected]), "{unhealthy:?}");
    }
}

#[test]
fn a_zone_that_is_gone_takes_its_trees_along_and_comes_back_whole() {
    let mut world = World::new(&snapshot(1, two_levels(true)), &["a1", "b1", "c1"]);
    assert_eq!(lasts(&mut world), BTreeSet::from([21, 22]));
    world.apply(&FeedMessage { removed_zones: vec!["Z1".to_owned()], ..delta(1, 2) });
    assert_eq!(world.ask(TOP, "A").rcode, Rcode::Refused as u16);
    let again = snapshot(2, two_levels(true));
    world.apply(&FeedMessage { base: 2, generation: 3, ..again });
    assert_eq!(lasts(&mut world), BTreeSet::from([21, 22]));
}
