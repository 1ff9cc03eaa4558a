//! The tour of README.md, as a reader takes it: its commands in one shell, in their order, against a new region.

use crate::{REGION, clients};
use std::path::Path;
use std::process::Command;
use tests::checkout;
use tests::dev::Region;

const BEGIN: &str = "```sh tour\n";
const END: &str = "```\n";

/// The commands of every block marked as part of the tour.
fn commands(readme: &str) -> Vec<&str> {
    let blocks = readme.split(BEGIN).skip(1).filter_map(|rest| rest.split(END).next());
    blocks.collect()
}

#[test]
fn the_tour_of_the_readme_works() {
    let readme = std::fs::read_to_string(checkout().join("README.md")).unwrap();
    let blocks = commands(&readme);
    assert!(blocks.len() >= 5, "{blocks:?}");
    let region = Region::start(&REGION);
    let port = format!("-p {}", region.dns.port());
    let script = blocks.concat().replace("-p 5353", &port);
    let program = tests::program("hearth");
    let path = [Path::new(&clients()), program.parent().unwrap()]
        .map(|folder| folder.display().to_string())
        .join(":");
    let output = Command::new("bash")
        .args(["-euxo", "pipefail", "-c", &script])
        .current_dir(checkout())
        .env("PATH", format!("{path}:{}", std::env::var("PATH").unwrap_or_default()))
        .env("HEARTH_DATA_DIR", region.data_dir())
        .env("AWS_PAGER", "")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}\nthe region's log ends with\n{}", region.log_end());
}

#[test]
fn only_marked_blocks_are_the_tour() {
    let readme = "```sh\nrm -rf x\n```\ntext\n```sh tour\na\nb\n```\nmore\n```sh tour\nc\n```\n";
    assert_eq!(commands(readme), ["a\nb\n", "c\n"]);
}
