//! One server after the other is ended and started again while clients work that retry as AWS's SDKs do.

use crate::client::Retry;
use crate::lab::{Host, Lab, Region};
use crate::trial::{Trial, say, say_time};
use std::time::Instant;

#[test]
fn a_rolling_restart_costs_no_request_and_no_instance() {
    let lab = Lab::start();
    let region = Region::start(&lab);
    let before = region.first_processes();
    let trial = roll(Trial::with(lab, Retry::Sdk), |_| {});
    region.until_commanded(&trial.lab);
    assert_eq!(region.first_processes(), before);
    drop(region);
    trial.end();
}

/// There is no next version yet: what is started is a copy of the same program at another path, so this shows that the
/// way of an upgrade works, and not yet that two versions understand each other.
#[test]
fn a_rolling_change_to_a_copy_of_the_program_costs_no_request() {
    let trial = roll(Trial::with(Lab::start(), Retry::Sdk), Host::install_copy);
    trial.end();
}

/// The leader last, as an operator would.
fn roll(mut trial: Trial, change: impl Fn(&mut Host)) -> Trial {
    let began = Instant::now();
    let (leader, _) = trial.lab.leader_and_follower();
    for id in trial.lab.others(leader).into_iter().chain([leader]) {
        let server = trial.lab.server(id);
        server.end();
        change(server);
        trial.lab.restart(id);
        trial.goes_on();
    }
    let ledger = &trial.client.ledger;
    say_time("longest time without an acknowledged write", ledger.longest_gap(began, Instant::now()));
    say(&format!("writes by attempts: {:?}", ledger.attempts()));
    assert_eq!(ledger.given_up(), 0, "requests failed for a client that retries as an SDK does");
    trial
}
