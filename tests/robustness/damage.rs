//! Files that are not what was written: the torn end of a write that nobody was told about, which costs nothing, and a
//! flipped byte, after which a server must not start as if nothing had been.

use crate::trial::Trial;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

#[test]
fn a_torn_end_of_the_log_is_cut_off_and_nothing_is_missing() {
    // What follows the last sync: half a record, or room that was reserved and never written. Records before it were
    // synced, and no crash takes those away.
    let torn = [[0x5a; 100], [0; 100]];
    let mut trial = Trial::start();
    let (_, follower) = trial.lab.leader_and_follower();
    for bytes in torn {
        let server = trial.lab.server(follower);
        server.kill();
        let log = server.newest_file("log", "log");
        OpenOptions::new().append(true).open(log).unwrap().write_all(&bytes).unwrap();
        trial.goes_on();
        trial.lab.restart(follower);
        trial.goes_on();
    }
    trial.end();
}

#[test]
fn a_flipped_byte_in_the_log_is_refused_by_name_and_the_others_go_on() {
    refused_after("log", "log", |server| server.kill());
}

#[test]
fn a_flipped_byte_in_a_table_is_refused_by_name_and_the_others_go_on() {
    // A good end writes the records into a table.
    refused_after("state", "sst", |server| server.end());
}

/// Flips a byte in the middle of the newest of a store's files and back again: what is refused is the damage.
fn refused_after(store: &str, ending: &str, stop: fn(&mut crate::lab::Host)) {
    let mut trial = Trial::start();
    let (_, follower) = trial.lab.leader_and_follower();
    let server = trial.lab.server(follower);
    stop(server);
    let file = server.newest_file(store, ending);
    flip(&file);
    trial.lab.start_server(follower);
    let told = trial.lab.server(follower).until_fails();
    for word in ["damaged", &format!("/{store}/"), "Replace this server"] {
        assert!(told.contains(word), "{word:?} is not in: {told}");
    }
    trial.goes_on();
    flip(&file);
    trial.lab.restart(follower);
    trial.end();
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}
