//! Two of three servers gone: nothing is promised, nothing that runs notices, and with the second server all is back.

use crate::client::{Failed, register_name};
use crate::lab::Region;
use crate::trial::{Trial, say_time};
use std::time::Instant;
use tests::wait::{PATIENCE, same, until};

#[test]
fn without_quorum_nothing_is_promised_and_nothing_that_runs_notices() {
    let mut trial = Trial::start();
    let region = Region::start(&trial.lab);
    let before = region.first_processes();
    let (leader, _) = trial.lab.leader_and_follower();
    let followers = trial.lab.others(leader);
    for follower in &followers {
        trial.lab.server(*follower).kill();
    }
    assert!(matches!(trial.client.write_once(leader), Err(Failed::Again(_))));
    assert!(matches!(trial.client.read_once(leader, "w0"), Err(Failed::Again(_))));
    assert_ne!(region.text(&trial.lab, &register_name("w0")), "", "DNS needs no quorum");
    assert_eq!(region.first_processes(), before);
    let started = Instant::now();
    trial.lab.start_server(followers[0]);
    let elapsed = trial.client.first_acknowledged(trial.lab.running(), started);
    say_time("first acknowledged write after the start of a second server", elapsed);
    trial.lab.restart(followers[1]);
    region.until_commanded(&trial.lab);
    assert_eq!(region.first_processes(), before);
    let client = trial.client.clone();
    until("DNS knows the newest write", PATIENCE, || {
        let newest = client.ledger.newest("w0");
        let served: u64 = region.text(&trial.lab, &register_name("w0")).parse().unwrap_or(0);
        if served >= newest { Ok(()) } else { same(&served, &newest) }
    });
    drop(region);
    trial.end();
}
