//! The life of a cluster, by the commands an operator has: found, grow, lose a server, replace it, shrink; lose the
//! majority and go on. Clients write all the while.

use crate::client::Retry;
use crate::lab::{Lab, Region};
use crate::trial::{Trial, say, say_time};
use std::process::Command;
use std::time::{Duration, Instant};
use tests::machine::said;
use tests::wait::{PATIENCE, same, until};

/// Exit code of a server that was removed.
const REMOVED: Option<i32> = Some(7);
/// Exit code of what an operator has to put right.
const REFUSED: Option<i32> = Some(4);

#[test]
fn a_cluster_grows_replaces_a_server_and_shrinks_without_losing_a_write() {
    let lab = Lab::with_spares(1, 3, |_| {});
    let mut trial = Trial::with(lab, Retry::Stubborn);
    for id in [2, 3] {
        let began = Instant::now();
        trial.lab.join(id);
        say_time(&format!("server {id}, from its start to its vote"), began.elapsed());
        trial.goes_on();
    }
    let (dead, _) = trial.lab.leader_and_follower_of(&[1, 2, 3]);
    trial.lab.server(dead).kill();
    trial.goes_on();
    replace(&mut trial, dead);
    let mut left = trial.lab.running();
    let last = left.pop().expect("a server");
    for id in left {
        trial.lab.administer(&["server", "remove", &id.to_string()]);
        ends_as_removed(&mut trial.lab, id);
        trial.goes_on();
    }
    assert_eq!(trial.lab.running(), [last]);
    trial.end();
}

/// As the README says: remove the dead one, let another one join.
fn replace(trial: &mut Trial, dead: u64) {
    trial.lab.administer(&["server", "remove", &dead.to_string()]);
    trial.lab.join(4);
    trial.goes_on();
    // It comes back, and knows of nothing.
    trial.lab.start_server(dead);
    ends_as_removed(&mut trial.lab, dead);
    // Told once, it needs nobody to ask.
    trial.lab.fabric.cut(dead, &trial.lab.others(dead));
    trial.lab.start_server(dead);
    ends_as_removed(&mut trial.lab, dead);
    trial.goes_on();
}

fn ends_as_removed(lab: &mut Lab, id: u64) {
    let (code, said) = lab.server(id).until_ended();
    assert_eq!(code, REMOVED, "{said}");
    assert!(said.contains(&format!("removed from its cluster as number {id}")), "{said}");
}

#[test]
fn after_a_lost_majority_one_server_goes_on_and_agents_and_dns_follow() {
    let lab = Lab::with_spares(3, 1, |_| {});
    let region = Region::start(&lab);
    let before = region.first_processes();
    let mut trial = Trial::with(lab, Retry::Stubborn);
    for id in [1, 2, 3] {
        trial.lab.server(id).kill();
    }
    // Two machines are lost; the third is the one that is farthest.
    let survivor = *[1, 2, 3].iter().max_by_key(|id| last_entry(&mut trial.lab, **id)).expect("a server");
    let confirmed = recover(&mut trial.lab, survivor, &["--confirm"]);
    assert_eq!(confirmed.0, Some(0), "{}", confirmed.1);
    let started = Instant::now();
    trial.lab.start_server(survivor);
    let elapsed = trial.client.first_acknowledged(vec![survivor], started);
    say_time("first acknowledged write after the start of the recovered server", elapsed);
    trial.lab.server(survivor).until_ready();
    let again = recover(&mut trial.lab, 4, &[]);
    assert_eq!(again.0, REFUSED, "an empty folder: {}", again.1);
    region.until_commanded(&trial.lab);
    assert_eq!(region.first_processes(), before, "agents have noticed nothing");
    // One of the lost machines comes back after all, with its old data.
    let lost = trial.lab.others(survivor)[0];
    trial.lab.start_server(lost);
    ends_as_removed(&mut trial.lab, lost);
    trial.lab.join(4);
    until_dns_knows_the_newest_write(&trial, &region);
    drop(region);
    trial.end();
}

fn until_dns_knows_the_newest_write(trial: &Trial, region: &Region) {
    let client = trial.client.clone();
    until("DNS knows the newest write", PATIENCE, || {
        let newest = client.ledger.newest("w0");
        let name = crate::client::register_name("w0");
        let served: u64 = region.text(&trial.lab, &name).parse().unwrap_or(0);
        if served >= newest { Ok(()) } else { same(&served, &newest) }
    });
}

/// What `hearth server recover` on a machine ends with and says.
fn recover(lab: &mut Lab, id: u64, flags: &[&str]) -> (Option<i32>, String) {
    let mut command = lab.server(id).machine.hearth();
    run(command.args(["server", "recover"]).args(flags))
}

fn run(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    (output.status.code(), said(&output))
}

/// The number of the last entry a server has, which it says when it is asked to recover without a confirmation.
fn last_entry(lab: &mut Lab, id: u64) -> u64 {
    let (code, said) = recover(lab, id, &[]);
    assert_eq!(code, REFUSED, "{said}");
    assert!(said.contains("nothing was changed") && said.contains("--confirm"), "{said}");
    let after = said.lines().find_map(|line| line.strip_prefix("entries after ")?.split_once(':'));
    after.and_then(|(number, _)| number.parse().ok()).unwrap_or_else(|| panic!("no last entry: {said}"))
}

#[test]
fn a_join_can_be_interrupted_anywhere_and_repeated() {
    let mut lab = Lab::with_spares(1, 1, |_| {});
    let token = lab.token();
    let (mut pause, mut killed) = (Duration::from_millis(10), 0);
    while !lab.server(2).machine.data_dir().join("server/log").exists() {
        lab.start_joining(2, token.clone());
        std::thread::sleep(pause);
        lab.server(2).kill();
        killed += 1;
        pause = pause * 3 / 2;
    }
    // From here on the folder knows where it belongs.
    lab.start_server(2);
    lab.server(2).until_ready();
    let listed = lab.hearth(&["--server", &crate::lab::grpc_address(1), "get", "servers"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let numbers: Vec<&str> =
        listed.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(numbers, ["1", "2"], "one number for all attempts: {listed}");
    say(&format!("joined after {killed} attempts that were killed"));
}

#[test]
fn what_cannot_join_is_told_why() {
    let mut lab = Lab::with_spares(1, 2, |_| {});
    let (token, plain) = (lab.token(), lab.joining(2, "none"));
    let known = token.rsplit_once('.').expect("a secret");
    let flags = |change: &[String]| -> Vec<String> {
        let changed: Vec<&str> = change.iter().filter_map(|flag| flag.split('=').next()).collect();
        let same = lab.joining(2, &token).into_iter();
        let same = same.filter(|flag| !changed.contains(&flag.split('=').next().unwrap_or_default()));
        same.chain(change.iter().cloned()).collect()
    };
    let cases: Vec<(Vec<String>, &str)> = vec![
        (
            plain.iter().filter(|flag| !flag.contains("join") && !flag.contains("token")).cloned().collect(),
            "--bootstrap",
        ),
        (plain.iter().filter(|flag| !flag.contains("token")).cloned().collect(), "a token is needed"),
        (flags(&["--grpc-addr=0.0.0.0:4567".into()]), "--advertise HOST:PORT"),
        (flags(&["--advertise=0.0.0.0:4567".into()]), "no HOST:PORT that others can reach"),
        (flags(&["--grpc-addr=127.0.0.1:4567".into()]), "a loopback address"),
        (flags(&[format!("--advertise={}", crate::lab::grpc_address(1))]), "is the address of server 1"),
        (flags(&["--region=eu-west-1".into()]), "--region: this cluster serves us-east-1"),
        (flags(&["--account-id=000000000000".into()]), "--account-id: this cluster serves 123456789012"),
        (flags(&[format!("--token={}.{}", known.0, "0".repeat(known.1.len()))]), "does not open this door"),
    ];
    for (flags, told) in cases {
        let (code, said) = run(lab.server(2).machine.hearth().arg("server").args(&flags));
        assert!(code == REFUSED && said.contains(told), "{flags:?}: {code:?} {said}");
        let server = lab.server(2).machine.data_dir().join("server");
        assert!(!server.exists(), "nothing half done after {flags:?}");
    }
    lab.start_joining(2, token.clone());
    lab.server(2).until_ready();
    used_and_foreign_tokens(&mut lab, &token);
}

/// Server 2 has joined with `token`; machine 3 is another cluster's.
fn used_and_foreign_tokens(lab: &mut Lab, token: &str) {
    let refused = |lab: &mut Lab, id: u64, flags: &[String], told: &str| {
        let (code, said) = run(lab.server(id).machine.hearth().arg("server").args(flags));
        assert!(code == REFUSED && said.contains(told), "{flags:?}: {code:?} {said}");
    };
    let used = lab.joining(3, token);
    refused(lab, 3, &used, "does not open this door");
    lab.server(2).kill();
    let rebootstrap = [vec!["--bootstrap".to_owned()], lab.joining(2, token)[2..].to_vec()].concat();
    refused(lab, 2, &rebootstrap, "has joined cluster");
    lab.found_alone(3);
    let foreign = lab.token_of(3);
    let elsewhere = lab.joining(2, &foreign);
    refused(lab, 2, &elsewhere, "it is for another cluster");
    // The flags of its first start say nothing new.
    let again = lab.joining(2, token);
    lab.server(2).start("server", &again);
    lab.server(2).until_ready();
}
