//! How servers become a cluster. The only place that knows, so that another way of founding one changes this file.

use super::fabric::Fabric;
use super::host::Host;
use std::path::Path;
use std::process::Command;
use tests::machine::{done, said};
use tests::wait::{PATIENCE, until};

/// What every client of the laboratory signs with.
pub(crate) const ACCESS_KEY_ID: &str = "AKIAROBUSTNESS000001";
pub(crate) const SECRET_ACCESS_KEY: &str = "not-a-secret-outside-this-laboratory";
pub(crate) const REGION: &str = "us-east-1";

/// The servers' ports.
pub(crate) const AWS_PORT: u16 = 4566;
pub(crate) const GRPC_PORT: u16 = 4567;

/// How a server comes to its cluster.
pub(super) enum Begin {
    /// Founds one.
    Bootstrap,
    /// Joins that of another server.
    Join {
        /// A running server.
        at: u64,
        /// From [`token`].
        token: String,
    },
    /// Goes on as its data folder says.
    Continue,
}

/// Starts servers that have never run as one cluster and waits until each of them votes. The first founds it, the others
/// join one after another, so that each gets the number of its machine.
pub(super) fn found(servers: &mut [Host]) {
    let (first, others) = servers.split_first_mut().expect("a server");
    first.start("server", &arguments(first.id, &Begin::Bootstrap));
    first.until_ready();
    for other in others.iter_mut() {
        let begin = Begin::Join { at: first.id, token: token(first) };
        other.start("server", &arguments(other.id, &begin));
        other.until_ready();
        until_voter(first, other.id);
    }
}

/// What server `id` is started with.
pub(super) fn arguments(id: u64, begin: &Begin) -> Vec<String> {
    let address = |id: u64, port: u16| format!("{}:{port}", Fabric::address(id));
    let mut arguments = match begin {
        Begin::Bootstrap => vec!["--bootstrap".to_owned()],
        Begin::Join { at, token } => {
            vec![format!("--join={}", Fabric::address(*at)), format!("--token={token}")]
        }
        Begin::Continue => Vec::new(),
    };
    arguments.extend([
        format!("--aws-addr={}", address(id, AWS_PORT)),
        "--aws-plaintext".to_owned(),
        format!("--grpc-addr={}", address(id, GRPC_PORT)),
        format!("--region={REGION}"),
        format!("--access-key-id={ACCESS_KEY_ID}"),
        format!("--secret-access-key={SECRET_ACCESS_KEY}"),
    ]);
    arguments
}

/// A token for a server, made on the machine of one that runs.
pub(super) fn token(on: &Host) -> String {
    until("a token is made", PATIENCE, || {
        let output = on.machine.hearth().args(["token", "create", "--role", "server"]).output().unwrap();
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned()),
            false => Err(said(&output)),
        }
    })
}

/// Waits until `id` votes, says a server that runs.
pub(super) fn until_voter(on: &Host, id: u64) {
    until(&format!("server {id} votes"), PATIENCE, || {
        let output = on.machine.hearth().args(["server", "list"]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let votes = |line: &str| {
            let mut words = line.split_whitespace();
            words.next() == Some(&id.to_string()) && words.nth(1) == Some("voter")
        };
        if text.lines().any(votes) { Ok(()) } else { Err(text + &said(&output)) }
    });
}

/// Gives `host` the certificates of `of`.
pub(super) fn trust(host: &Host, of: &Host) {
    std::fs::create_dir_all(host.machine.data_dir()).unwrap();
    copy(&of.machine.data_dir().join("pki"), &host.machine.data_dir());
}

fn copy(folder: &Path, into: &Path) {
    done(Command::new("cp").arg("--archive").arg(folder).arg(into)).unwrap();
}
