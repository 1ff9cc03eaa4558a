//! route53.md section 12: verdicts of one checker, sums over checkers, calculated checks, and real probes of real sockets.

mod calculated;
mod probes;

use super::checker::Streak;
use super::verdicts::{TableError, Verdicts};
use controlplane_proto::dns::{HealthCheck, HealthObservation, HealthTable, NodeVotes};
use std::collections::BTreeMap;
use std::time::Duration;

const NOW: Duration = Duration::from_secs(100);

fn observation(healthy: bool) -> HealthObservation {
    HealthObservation { health_check_id: "h".to_owned(), healthy, ..Default::default() }
}

fn verdicts(inverted: bool, disabled: bool) -> Verdicts {
    let mut verdicts = Verdicts::new("me");
    let check = HealthCheck { id: "h".to_owned(), inverted, disabled, ..Default::default() };
    verdicts.set_checks(&BTreeMap::from([("h".to_owned(), check)]), |_| true);
    verdicts
}

fn table(server: &str, sequence: u64, observations: Vec<HealthObservation>) -> HealthTable {
    HealthTable { server: server.to_owned(), sequence, full: true, observations }
}

#[test]
fn rule_12_17_a_state_flips_after_the_threshold_both_ways() {
    let cases = [
        (1, "-+-", "-+-"),
        (3, "--+---", "+++++-"),
        (3, "---++-+++", "++------+"),
        (2, "+-+-+--", "++++++-"),
        (0, "-", "-"),
        (99, "----------", "+++++++++-"),
    ];
    for (threshold, results, states) in cases {
        let mut streak = Streak::new(threshold, Some(true));
        let state = |result| if streak.take(result == '+') == Some(true) { '+' } else { '-' };
        assert_eq!(results.chars().map(state).collect::<String>(), states, "{threshold}: {results}");
    }
}

#[test]
fn rule_12_21_a_checker_has_no_state_before_a_threshold_of_equal_results() {
    for (threshold, results, states) in
        [(1, "+-", "+-"), (3, "+++", "??+"), (3, "---+++", "??---+"), (2, "+-+-++-", "?????++")]
    {
        let mut streak = Streak::new(threshold, None);
        let state = |result| match streak.take(result == '+') {
            Some(true) => '+',
            Some(false) => '-',
            None => '?',
        };
        assert_eq!(results.chars().map(state).collect::<String>(), states, "{threshold}: {results}");
    }
}

#[test]
fn rule_12_20_more_than_18_percent_make_it_healthy() {
    for (healthy, total, expected) in
        [(1, 1, true), (0, 1, false), (1, 5, true), (1, 6, false), (18, 100, false), (19, 100, true)]
    {
        let mut verdicts = verdicts(false, false);
        for server in 0..total {
            verdicts
                .receive(table(&server.to_string(), 1, vec![observation(server < healthy)]), NOW)
                .unwrap();
        }
        assert_eq!(verdicts.is_healthy("h"), expected, "{healthy} of {total}");
    }
}

#[test]
fn rules_12_21_and_12_22_without_data_inverted_and_disabled() {
    let cases = [
        // inverted, disabled, vote, status
        (false, false, None, true),
        (true, false, None, false),
        (false, false, Some(false), false),
        (true, false, Some(false), true),
        (true, false, Some(true), false),
        (false, true, Some(false), true),
        (true, true, Some(false), false),
        (true, true, None, false),
    ];
    for (inverted, disabled, vote, expected) in cases {
        let mut verdicts = verdicts(inverted, disabled);
        vote.map(|healthy| verdicts.observe(observation(healthy), NOW));
        assert_eq!(verdicts.is_healthy("h"), expected, "{inverted} {disabled} {vote:?}");
    }
    assert!(verdicts(false, false).is_healthy("gone"), "rule 12.29");
}

#[test]
fn the_last_state_stays_in_force_when_votes_grow_stale() {
    let mut verdicts = verdicts(false, false);
    for server in ["a", "b", "c", "d", "e"] {
        verdicts.receive(table(server, 1, vec![observation(false)]), NOW).unwrap();
    }
    verdicts.decide_all(NOW + Duration::from_secs(3600));
    assert!(!verdicts.is_healthy("h"), "nobody says otherwise");
    verdicts.observe(observation(true), NOW + Duration::from_secs(3600));
    assert!(verdicts.is_healthy("h"), "stale votes do not count against a fresh one");
}

#[test]
fn a_check_of_a_vpc_goes_by_the_votes_of_nodes_alone() {
    let mut verdicts = Verdicts::new("me");
    let check = HealthCheck { id: "h".to_owned(), vpc_id: "vpc-1".to_owned(), ..Default::default() };
    verdicts.set_checks(&BTreeMap::from([("h".to_owned(), check)]), |_| false);
    verdicts.receive(table("a", 1, vec![observation(false)]), NOW).unwrap();
    assert!(verdicts.is_healthy("h"), "a DNS server has no say");
    for (healthy, total, expected) in
        [(0, 1, false), (1, 5, true), (1, 6, false), (0, 0, false), (18, 100, false), (19, 100, true)]
    {
        let told = NodeVotes { health_check_id: "h".to_owned(), healthy, total };
        verdicts.hear_nodes(&[told], NOW);
        assert_eq!(verdicts.is_healthy("h"), expected, "{healthy} of {total}");
    }
    let failed = NodeVotes { health_check_id: "h".to_owned(), healthy: 0, total: 3 };
    assert_eq!(verdicts.hear_nodes(&[failed], NOW), [("h".to_owned(), false)]);
    verdicts.hear_nodes(&[], NOW);
    verdicts.decide_all(NOW + Duration::from_secs(3600));
    assert!(!verdicts.is_healthy("h"), "nobody says otherwise");
}

#[test]
fn tables_of_the_past_and_unknown_checks_are_not_taken() {
    let mut verdicts = verdicts(false, false);
    let stranger = HealthObservation { health_check_id: "x".to_owned(), ..Default::default() };
    let changed = verdicts.receive(table("a", 5, vec![stranger, observation(false)]), NOW);
    assert_eq!(changed, Ok(vec![("h".to_owned(), false)]));
    assert_eq!(verdicts.receive(table("a", 5, vec![observation(true)]), NOW), Err(TableError::Old));
    assert!(!verdicts.is_healthy("h"));
    verdicts.set_peers(&BTreeMap::new());
    verdicts.observe(observation(true), NOW);
    assert!(verdicts.is_healthy("h"), "a server that is gone has no vote");
}

#[test]
fn only_new_verdicts_and_texts_are_news() {
    let mut verdicts = verdicts(false, false);
    let at = |healthy, status: &str, time| HealthObservation {
        status: status.to_owned(),
        checked_at_ms: time,
        ..observation(healthy)
    };
    assert!(verdicts.observe(at(true, "ok", 1), NOW).0);
    assert!(!verdicts.observe(at(true, "ok", 2), NOW).0);
    assert!(verdicts.observe(at(true, "fine", 3), NOW).0);
    assert!(verdicts.observe(at(false, "fine", 4), NOW).0);
    assert_eq!(verdicts.counts().1, 1);
}

#[test]
fn rule_12_31_the_last_failure_is_remembered() {
    let mut verdicts = verdicts(false, false);
    let failed = HealthObservation {
        status: "Failure: x".to_owned(),
        last_failure: "Failure: x".to_owned(),
        failed_at_ms: 7,
        ..observation(false)
    };
    verdicts.observe(failed, NOW);
    verdicts.observe(observation(true), NOW);
    let seen = verdicts.own_of("h").unwrap();
    assert_eq!((seen.last_failure.as_str(), seen.failed_at_ms, seen.status.as_str()), ("Failure: x", 7, ""));
}

#[test]
fn a_checker_that_knows_nothing_yet_does_not_outvote_those_that_do() {
    let mut verdicts = verdicts(false, false);
    let undecided = HealthObservation { undecided: true, ..observation(true) };
    verdicts.observe(undecided.clone(), NOW);
    assert!(verdicts.is_healthy("h"), "rule 12.21");
    verdicts.receive(table("a", 1, vec![observation(false)]), NOW).unwrap();
    assert!(!verdicts.is_healthy("h"));
    verdicts.observe(undecided, NOW);
    assert!(!verdicts.is_healthy("h"));
}

#[test]
fn rule_12_6_what_is_probed_no_more_from_here_has_no_vote_of_ours() {
    let mut verdicts = verdicts(false, false);
    let checks = BTreeMap::from([("h".to_owned(), HealthCheck { id: "h".to_owned(), ..Default::default() })]);
    verdicts.observe(observation(false), NOW);
    assert_eq!(verdicts.set_checks(&checks, |_| true), Vec::<String>::new());
    assert_eq!(verdicts.set_checks(&checks, |_| false), ["h"]);
    // A probe that was under way.
    assert_eq!(verdicts.observe(observation(false), NOW), (false, vec![]));
    verdicts.receive(table("a", 1, vec![observation(true)]), NOW).unwrap();
    assert!(verdicts.is_healthy("h") && verdicts.own().next().is_none());
    verdicts.set_checks(&checks, |_| true);
    verdicts.observe(observation(false), NOW);
    assert_eq!(verdicts.set_checks(&BTreeMap::new(), |_| true), ["h"], "a check that is gone");
}
