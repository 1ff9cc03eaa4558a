//! The same fault again and again on one cluster, each time at another moment of whatever the servers are doing, and
//! what it costs.

use crate::client::Client;
use crate::lab::Lab;
use crate::trial::{Trial, say};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// How often, unless told otherwise.
const ROUNDS: usize = 2;
const VARIABLE: &str = "HEARTH_ROBUSTNESS_ROUNDS";

/// What happens to the leader and how it is undone.
type Fault = (&'static str, fn(&mut Lab, u64), fn(&mut Lab, u64));

const FAULTS: [Fault; 3] = [
    ("kill -9 of the leader", |lab, id| lab.server(id).kill(), Lab::restart),
    ("SIGSTOP of the leader", |lab, id| lab.server(id).pause(), |lab, id| lab.server(id).wake()),
    ("leader cut off", |lab, id| lab.fabric.cut(id, &lab.others(id)), |lab, _| lab.fabric.heal()),
];

#[test]
fn round_after_round_nothing_acknowledged_is_lost() {
    let rounds = std::env::var(VARIABLE).map_or(ROUNDS, |text| {
        text.parse::<NonZeroUsize>().unwrap_or_else(|error| panic!("{VARIABLE}: {error}")).get()
    });
    for (name, fault, repair) in FAULTS {
        let mut trial = Trial::start();
        let mut times: Vec<Duration> = (0..rounds).map(|_| round(&mut trial, fault, repair)).collect();
        times.sort();
        tell(name, &times);
        trial.end();
    }
}

/// How long it took until a write was acknowledged again.
fn round(trial: &mut Trial, fault: fn(&mut Lab, u64), repair: fn(&mut Lab, u64)) -> Duration {
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

fn tell(name: &str, sorted: &[Duration]) {
    let at = |share: f64| {
        let index = ((sorted.len() - 1) as f64 * share).round() as usize;
        sorted[index].as_millis()
    };
    say(&format!(
        "{name}, {} rounds: first acknowledged write on a survivor after {} ms (median), {} ms (p90), {} ms (worst)",
        sorted.len(),
        at(0.5),
        at(0.9),
        at(1.0)
    ));
}
