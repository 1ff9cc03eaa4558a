//! The same fault again and again on one cluster, each time at another moment of whatever the servers are doing, and
//! what it costs.

use crate::client::Client;
use crate::lab::{Lab, grpc_address};
use crate::trial::{Trial, say};
use std::num::NonZeroUsize;
use std::process::Command;
use std::time::{Duration, Instant};
use tests::machine::done;

/// How often, unless told otherwise.
const ROUNDS: usize = 2;
const VARIABLE: &str = "HEARTH_ROBUSTNESS_ROUNDS";
/// After so many a new cluster takes over: what clients write fills a zone in about two hundred.
const ROUNDS_PER_CLUSTER: usize = 50;

/// What happens to the leader, and how it is undone.
type Deed = fn(&mut Lab, u64);

#[test]
fn a_leader_killed_again_and_again_takes_nothing_along() {
    repeat("kill -9 of the leader", |lab, id| lab.server(id).kill(), Lab::restart);
}

#[test]
fn a_leader_paused_again_and_again_takes_nothing_along() {
    repeat("SIGSTOP of the leader", |lab, id| lab.server(id).pause(), |lab, id| lab.server(id).wake());
}

#[test]
fn a_leader_cut_off_again_and_again_takes_nothing_along() {
    repeat("leader cut off", |lab, id| lab.fabric.cut(id, &lab.others(id)), |lab, _| lab.fabric.heal());
}

fn repeat(name: &str, fault: Deed, repair: Deed) {
    let mut times = Vec::new();
    while times.len() < rounds() {
        let mut trial = Trial::start();
        let more = ROUNDS_PER_CLUSTER.min(rounds() - times.len());
        times.extend((0..more).map(|_| round(&mut trial, fault, repair)));
        trial.end();
    }
    tell(&format!("{name}: first acknowledged write on a survivor after"), times);
}

fn rounds() -> usize {
    std::env::var(VARIABLE).map_or(ROUNDS, |text| {
        text.parse::<NonZeroUsize>().unwrap_or_else(|error| panic!("{VARIABLE}: {error}")).get()
    })
}

/// What a hand-over costs shows only beside what the same stretch of time costs without one: the longest time between two
/// acknowledgements is never zero.
#[test]
fn leadership_that_is_handed_round_loses_nothing() {
    let trial = Trial::start();
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..rounds() {
        let (leader, next) = trial.lab.leader_and_follower();
        let before = [grpc_address(leader)];
        without.push(longest_gap(&trial, || {
            run(trial.lab.hearth(&["--server", &before[0], "server", "leader"]))
        }));
        let to = next.to_string();
        with.push(longest_gap(&trial, || {
            run(trial.lab.hearth(&["--server", &before[0], "server", "transfer-leader", "--to", &to]));
        }));
        assert_eq!(trial.lab.leader_among(&trial.lab.ids()), next, "who was chosen leads");
    }
    tell("longest time without an acknowledged write while a leader is asked for", without);
    tell("longest time without an acknowledged write while leadership is handed over", with);
    trial.end();
}

/// The longest time without an acknowledged write from just before `work` until writes go on after it.
fn longest_gap(trial: &Trial, work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    trial.client.probe_during(trial.lab.ids(), || {
        work();
        trial.goes_on();
    });
    trial.client.ledger.longest_gap(began, Instant::now())
}

fn run(mut command: Command) {
    done(&mut command).unwrap();
}

/// How long it took until a write was acknowledged again.
fn round(trial: &mut Trial, fault: Deed, repair: Deed) -> Duration {
    let (leader, _) = trial.lab.leader_and_follower();
    let survivors = trial.lab.others(leader);
    let client: Client = trial.client.clone();
    let began = Instant::now();
    fault(&mut trial.lab, leader);
    let elapsed = client.first_acknowledged(survivors, began);
    trial.goes_on();
    repair(&mut trial.lab, leader);
    trial.goes_on();
    elapsed
}

fn tell(what: &str, mut sorted: Vec<Duration>) {
    sorted.sort();
    let at = |share: f64| {
        let index = ((sorted.len() - 1) as f64 * share).round() as usize;
        sorted[index].as_millis()
    };
    say(&format!(
        "{what} {} ms (median), {} ms (p90), {} ms (worst); {} rounds",
        at(0.5),
        at(0.9),
        at(1.0),
        sorted.len()
    ));
}
