//! AWS's own clients and those that people build on them, in the versions of `requirements.txt` and `package-lock.json`,
//! against the real program over simulated machines.
//!
//! Each script is plain Python or JavaScript that fails by an exception, and the program in `rust` fails by a panic: what
//! the clients accept, wait for and raise is their own code's judgement and not ours. Every script gets a region of its own,
//! entered with signed requests.

#![allow(clippy::unwrap_used, reason = "all of this program is tests")]

mod answers;
mod attacks;
mod tour;
mod trails;
mod transfers;

use std::path::{Path, PathBuf};
use std::process::Command;
use tests::checkout;
use tests::dev::Region;

const REGION: [&str; 4] = ["--backend=sim", "--nodes=4", "--zones=a,b", "--region=us-east-1"];

/// The folder with AWS's clients, made if it is not there.
fn clients() -> String {
    let output = Command::new(checkout().join("tests/conformance/environment")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The program that uses the SDK for Rust, compiled beside the other clients: its crates are not the house's.
fn rust_program(clients: &Path) -> PathBuf {
    let target = clients.parent().unwrap().with_file_name("clients-rust");
    let manifest = checkout().join("tests/conformance/rust/Cargo.toml");
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(&target);
    let output = build.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("debug/tests-conformance-rust")
}

/// Runs `script` against a new region.
fn passes(script: &str) {
    passes_in(&REGION, script);
}

/// The same where the program is started in another way.
fn passes_in(arguments: &[&str], script: &str) {
    passes_at(&Region::start(arguments), &[script]);
}

/// The same with a folder that the script looks into, by the name of its variable.
fn passes_in_with(arguments: &[&str], script: &str, folder: (&str, &Path)) {
    passes_at_with(&Region::start(arguments), &[script], Some(folder));
}

/// The same against a region that is there.
fn passes_at(region: &Region, words: &[&str]) {
    passes_at_with(region, words, None);
}

fn passes_at_with(region: &Region, words: &[&str], folder: Option<(&str, &Path)>) {
    let clients = PathBuf::from(clients());
    let interpreter = if words[0].ends_with(".mjs") { "node" } else { "python" };
    let mut command = Command::new(clients.join(interpreter));
    command.arg(checkout().join("tests/conformance").join(words[0])).args(&words[1..]);
    command.envs(folder);
    succeeds(region, command, &clients);
}

/// Runs a client; its last line has to be `ok`, so that an empty script does not pass.
fn succeeds(region: &Region, mut command: Command, clients: &Path) {
    let scratch = tempfile::tempdir().unwrap();
    let output = command
        .envs(region.environment())
        .env("HEARTH_DNS", region.dns.to_string())
        .env("HEARTH_AWS_PROGRAM", clients.join("aws"))
        .env("HEARTH_JAVASCRIPT", clients.with_file_name("javascript"))
        .env("HEARTH_SCRATCH", scratch.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // The machine's own settings have no say.
        .env("HOME", scratch.path())
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env_remove("AWS_PROFILE")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let passed = output.status.success() && out.trim_end().ends_with("ok");
    assert!(passed, "{command:?}:\n{out}\n{err}\nthe region's log ends with\n{}", region.log_end());
}

#[test]
fn boto3_builds_the_two_tiers_and_takes_them_down() {
    passes("two_tier_boto3.py");
}

#[test]
fn aws_cli_builds_the_two_tiers() {
    passes("two_tier_cli.py");
}

#[test]
fn boto3_takes_an_instance_through_its_life() {
    passes("instances_boto3.py");
}

#[test]
fn boto3_works_in_two_regions_of_one_cluster() {
    passes_in(
        &["--backend=sim", "--nodes=4", "--zones=a,b", "--region=us-east-1,eu-west-1"],
        "regions_boto3.py",
    );
}

#[test]
fn wrong_requests_get_awss_errors() {
    passes("errors_boto3.py");
}

#[test]
fn boto3_gives_people_and_roles_their_rights() {
    passes("iam_boto3.py");
}

#[test]
fn boto3_looks_up_who_did_what() {
    passes("trail_boto3.py");
}

#[test]
fn boto3_is_held_to_quotas_and_given_more() {
    passes("quotas_boto3.py");
}

#[test]
fn boto3_tags_whatever_has_an_arn() {
    passes("tagging_boto3.py");
}

#[test]
fn boto3_and_aws_cli_say_whom_to_write_to() {
    passes("account_boto3.py");
}

#[test]
fn boto3_keeps_zones_to_vpcs_of_two_regions() {
    passes_in(
        &["--backend=sim", "--nodes=2", "--zones=a,b", "--region=us-east-1,eu-west-1"],
        "private_boto3.py",
    );
}

#[test]
fn boto3_routes_by_trees_of_aliases_and_traffic_policies() {
    passes("routing_boto3.py");
}

#[test]
fn boto3_signs_a_zone_and_binds_validator_believes_it() {
    passes("dnssec_boto3.py");
}

#[test]
fn octodns_syncs_a_zone_with_pools_until_nothing_is_left() {
    passes("pools_octodns.py");
}

#[test]
fn certbot_proves_names_in_the_zones_they_belong_to() {
    passes("certificates_certbot.py");
}

#[test]
fn every_waiter_of_boto3_ends() {
    passes("waiters_boto3.py");
}

#[test]
fn the_javascript_sdk_builds_the_two_tiers_and_takes_them_down() {
    passes("two_tier.mjs");
}

#[test]
fn the_rust_sdk_builds_the_two_tiers_and_takes_them_down() {
    let clients = PathBuf::from(clients());
    succeeds(&Region::start(&REGION), Command::new(rust_program(&clients)), &clients);
}

#[test]
fn ansible_builds_the_two_tiers_once() {
    passes("two_tier_ansible.py");
}
