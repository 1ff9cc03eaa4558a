//! Disks that fill: each server's data folder lies on a small file system of its own.

use crate::client::{Client, Failed, Retry};
use crate::lab::Lab;
use crate::trial::{Trial, say_time};
use std::time::Instant;
use tests::wait::{PATIENCE, until};

/// Room for a server, but not for the journal that RocksDB would reserve ahead on a larger one: a full disk shall show at
/// the next write.
const DISK_BYTES: u64 = 64 << 20;

fn small_disks(servers: u64) -> Lab {
    Lab::with(servers, |host| host.machine.limit_data_dir(DISK_BYTES))
}

#[test]
fn a_leader_whose_disk_fills_is_replaced_and_comes_back() {
    let mut trial = Trial::with(small_disks(3), Retry::Stubborn);
    let (leader, _) = trial.lab.leader_and_follower();
    let filled = Instant::now();
    trial.lab.server(leader).fill_disk();
    let elapsed = trial.client.first_acknowledged(trial.lab.others(leader), filled);
    say_time("first acknowledged write after the leader's disk was full", elapsed);
    gives_up_and_comes_back(trial, leader);
}

#[test]
fn a_follower_whose_disk_fills_is_not_missed_and_comes_back() {
    let mut trial = Trial::with(small_disks(3), Retry::Stubborn);
    let (_, follower) = trial.lab.leader_and_follower();
    trial.lab.server(follower).fill_disk();
    trial.goes_on();
    gives_up_and_comes_back(trial, follower);
}

/// A server that cannot write ends and says why; so does one that is started on the full disk. With room it serves.
fn gives_up_and_comes_back(mut trial: Trial, id: u64) {
    let names_the_cause = |told: &str| assert!(told.contains("the disk is full"), "{told}");
    names_the_cause(&trial.lab.server(id).until_fails());
    trial.goes_on();
    trial.lab.server(id).empty_disk();
    trial.lab.restart(id);
    trial.end();
}

/// The only server: its clients are told, nothing is half done, and with room it goes on as the same process.
#[test]
fn a_region_of_one_server_refuses_writes_while_its_disk_is_full_and_goes_on_afterwards() {
    let mut lab = small_disks(1);
    let client = Client::new(&lab);
    client.write_once(1).unwrap();
    lab.server(1).fill_disk();
    for _ in 0..3 {
        match client.write_once(1) {
            Err(Failed::Again(told)) => assert!(told.contains("the disk of the server is full"), "{told}"),
            other => panic!("{other:?}"),
        }
    }
    client.read_once(1, "w0").unwrap();
    lab.server(1).empty_disk();
    until("writes are taken again", PATIENCE, || {
        client.write_once(1).map_err(|failed| format!("{failed:?}"))
    });
    lab.server(1).kill();
    lab.restart(1);
    client.check(&lab.ids());
}
