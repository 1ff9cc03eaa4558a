//! How servers become a cluster. The only place that knows, so that another way of founding one changes this file.

use super::fabric::Fabric;
use super::host::Host;
use std::path::Path;
use std::process::Command;
use tests::machine::done;
use tests::wait::{PATIENCE, until};

/// What every client of the laboratory signs with.
pub(crate) const ACCESS_KEY_ID: &str = "AKIAROBUSTNESS000001";
pub(crate) const SECRET_ACCESS_KEY: &str = "not-a-secret-outside-this-laboratory";
pub(crate) const REGION: &str = "us-east-1";

/// The servers' ports.
pub(crate) const AWS_PORT: u16 = 4566;
pub(crate) const GRPC_PORT: u16 = 4567;

/// The certificate that is made last: with it all are there.
const LAST_CERTIFICATE: &str = "client.pem";

/// Starts servers that have never run as one cluster and waits until each serves. The first makes the certificates; the
/// others get copies.
pub(super) fn found(servers: &mut [Host]) {
    let ids: Vec<u64> = servers.iter().map(|server| server.id).collect();
    let (first, others) = servers.split_first_mut().expect("a server");
    first.start("server", &arguments(first.id, &ids));
    let made = first.machine.data_dir().join("pki").join(LAST_CERTIFICATE);
    until(
        "the certificates are made",
        PATIENCE,
        || {
            if made.exists() { Ok(()) } else { Err(first.log_end()) }
        },
    );
    for other in others.iter_mut() {
        trust(other, first);
        other.start("server", &arguments(other.id, &ids));
    }
    for server in servers {
        server.until_ready();
    }
}

/// What server `id` of the servers `ids` is started with, the first time and every other.
pub(super) fn arguments(id: u64, ids: &[u64]) -> Vec<String> {
    let address = |id: u64, port: u16| format!("{}:{port}", Fabric::address(id));
    let members: Vec<String> = ids.iter().map(|id| format!("{id}={}", address(*id, GRPC_PORT))).collect();
    vec![
        format!("--id={id}"),
        format!("--members={}", members.join(",")),
        format!("--aws-addr={}", address(id, AWS_PORT)),
        format!("--grpc-addr={}", address(id, GRPC_PORT)),
        format!("--region={REGION}"),
        format!("--access-key-id={ACCESS_KEY_ID}"),
        format!("--secret-access-key={SECRET_ACCESS_KEY}"),
    ]
}

/// Gives `host` the certificates of `of`.
pub(super) fn trust(host: &Host, of: &Host) {
    std::fs::create_dir_all(host.machine.data_dir()).unwrap();
    copy(&of.machine.data_dir().join("pki"), &host.machine.data_dir());
}

fn copy(folder: &Path, into: &Path) {
    done(Command::new("cp").arg("--archive").arg(folder).arg(into)).unwrap();
}
