//! AWS's own clients, in the versions of `requirements.txt`, against the real program over simulated machines.
//!
//! Each script is plain Python that fails by an exception: what the clients accept, wait for and raise is their own
//! code's judgement and not ours. Every script gets a region of its own, entered with signed requests.

#![allow(clippy::unwrap_used, reason = "all of this program is tests")]

mod tour;

use std::path::Path;
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

/// Runs `script` against a new region; its last line has to be `ok`, so that an empty script does not pass.
fn passes(script: &str) {
    let clients = clients();
    let region = Region::start(&REGION);
    let output = Command::new(Path::new(&clients).join("python"))
        .arg(checkout().join("tests/conformance").join(script))
        .envs(region.environment())
        .env("HEARTH_DNS", region.dns.to_string())
        .env("HEARTH_AWS_PROGRAM", Path::new(&clients).join("aws"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // The machine's own settings have no say.
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env_remove("AWS_PROFILE")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let passed = output.status.success() && out.trim_end().ends_with("ok");
    assert!(passed, "{script}:\n{out}\n{err}\nthe region's log ends with\n{}", region.log_end());
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
