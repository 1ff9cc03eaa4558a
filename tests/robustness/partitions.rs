//! Dead cables, in every direction. Nothing is refused and nothing is closed: packets just do not arrive.

use crate::client::{Failed, Retry};
use crate::lab::{CLIENT, Lab};
use crate::trial::{Trial, say_time};
use std::time::{Duration, Instant};

const FAILED_OVER: Duration = Duration::from_secs(15);

#[test]
fn a_leader_cut_off_from_the_others_is_replaced_and_promises_nothing() {
    let trial = Trial::start();
    let (leader, _) = trial.lab.leader_and_follower();
    let others = trial.lab.others(leader);
    let cut = Instant::now();
    trial.lab.fabric.cut(leader, &others);
    let elapsed = trial.client.first_acknowledged(others, cut);
    say_time("first acknowledged write after the leader was cut off", elapsed);
    assert!(elapsed < FAILED_OVER, "{elapsed:?}");
    // Clients still reach it.
    assert!(matches!(trial.client.write_once(leader), Err(Failed::Again(_))));
    assert!(matches!(trial.client.read_once(leader, "w0"), Err(Failed::Again(_))));
    trial.goes_on();
    trial.lab.fabric.heal();
    trial.end();
}

#[test]
fn a_follower_cut_off_from_the_others_is_not_missed_and_catches_up() {
    let trial = Trial::start();
    let (_, follower) = trial.lab.leader_and_follower();
    trial.lab.fabric.cut(follower, &trial.lab.others(follower));
    trial.goes_on();
    assert!(matches!(trial.client.write_once(follower), Err(Failed::Again(_))));
    trial.lab.fabric.heal();
    trial.end();
}

#[test]
fn a_leader_that_is_not_heard_is_replaced() {
    let trial = Trial::start();
    let (leader, _) = trial.lab.leader_and_follower();
    for other in trial.lab.others(leader) {
        trial.lab.fabric.cut_one_way(leader, other);
    }
    recovers_and_ends(trial);
}

#[test]
fn a_leader_that_hears_nobody_is_replaced() {
    let trial = Trial::start();
    let (leader, _) = trial.lab.leader_and_follower();
    for other in trial.lab.others(leader) {
        trial.lab.fabric.cut_one_way(other, leader);
    }
    recovers_and_ends(trial);
}

#[test]
fn a_follower_that_hears_nobody_disturbs_nobody() {
    let trial = Trial::start();
    let (leader, follower) = trial.lab.leader_and_follower();
    for other in trial.lab.others(follower) {
        trial.lab.fabric.cut_one_way(other, follower);
    }
    trial.goes_on();
    assert_eq!(trial.lab.leader_among(&trial.lab.others(follower)), leader);
    trial.lab.fabric.heal();
    trial.end();
}

fn recovers_and_ends(trial: Trial) {
    let cut = Instant::now();
    let elapsed = trial.client.first_acknowledged(trial.lab.ids(), cut);
    say_time("first acknowledged write after the leader was cut off one way", elapsed);
    trial.goes_on();
    trial.lab.fabric.heal();
    trial.end();
}

#[test]
fn clients_that_reach_one_follower_only_are_served_by_it() {
    let lab = Lab::start();
    let (_, follower) = lab.leader_and_follower();
    let trial = Trial::with(lab, Retry::Stubborn);
    trial.lab.fabric.cut(CLIENT, &trial.lab.others(follower));
    trial.goes_on();
    trial.lab.fabric.heal();
    trial.end();
}
