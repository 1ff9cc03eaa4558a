//! `SIGSTOP`: a process that is alive for the kernel and silent for everybody else, and later wakes as if nothing had
//! been. Connections to it still open, requests to it still arrive; what lies there when it wakes is what is tested.

use crate::trial::{Trial, say_time};
use std::time::{Duration, Instant};

const FAILED_OVER: Duration = Duration::from_secs(15);
/// Reads of the woken server, each held against what was acknowledged before it.
const READS: usize = 20;

#[test]
fn a_paused_leader_is_replaced_and_answers_nothing_stale_when_it_wakes() {
    let mut trial = Trial::start();
    let (leader, _) = trial.lab.leader_and_follower();
    let paused = Instant::now();
    trial.lab.server(leader).pause();
    let elapsed = trial.client.first_acknowledged(trial.lab.others(leader), paused);
    say_time("first acknowledged write after the pause of the leader", elapsed);
    assert!(elapsed < FAILED_OVER, "{elapsed:?}");
    trial.goes_on();
    // The readers of the workload have requests waiting at the sleeper; these come on top.
    trial.lab.server(leader).wake();
    read_much(&trial, leader);
    trial.end();
}

#[test]
fn a_paused_follower_is_not_missed_and_answers_nothing_stale_when_it_wakes() {
    let mut trial = Trial::start();
    let (_, follower) = trial.lab.leader_and_follower();
    trial.lab.server(follower).pause();
    trial.goes_on();
    trial.lab.server(follower).wake();
    read_much(&trial, follower);
    trial.end();
}

/// It may say that it cannot answer; what it answers is judged by the ledger.
fn read_much(trial: &Trial, id: u64) {
    for _ in 0..READS {
        let _ = trial.client.read_once(id, "w0");
    }
}
