//! `kill -9`: what was acknowledged is on disks, and a refused connection is news.

use crate::trial::{Trial, say_time};
use std::time::{Duration, Instant};

/// Far beyond what is measured; a condition, not a promise.
const FAILED_OVER: Duration = Duration::from_secs(10);

#[test]
fn a_killed_leader_is_replaced_and_takes_nothing_along() {
    let mut trial = Trial::start();
    let (leader, _) = trial.lab.leader_and_follower();
    let killed = Instant::now();
    trial.lab.server(leader).kill();
    let elapsed = trial.client.first_acknowledged(trial.lab.others(leader), killed);
    say_time("first acknowledged write after the kill of the leader", elapsed);
    assert!(elapsed < FAILED_OVER, "{elapsed:?}");
    trial.goes_on();
    trial.lab.restart(leader);
    trial.end();
}

#[test]
fn a_killed_follower_is_not_missed_and_catches_up() {
    let mut trial = Trial::start();
    let (_, follower) = trial.lab.leader_and_follower();
    trial.lab.server(follower).kill();
    trial.goes_on();
    trial.lab.restart(follower);
    trial.end();
}

#[test]
fn all_servers_killed_at_once_come_back_with_everything() {
    let mut trial = Trial::start();
    let ids = trial.lab.ids();
    for id in &ids {
        trial.lab.server(*id).kill();
    }
    for id in &ids {
        trial.lab.start_server(*id);
    }
    let started = Instant::now();
    let elapsed = trial.client.first_acknowledged(ids.clone(), started);
    say_time("first acknowledged write after the start of all servers", elapsed);
    for id in &ids {
        trial.lab.server(*id).until_ready();
    }
    trial.end();
}
