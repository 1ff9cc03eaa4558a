//! NSD, with the static zone.

use crate::Asked;
use crate::workload::{STATIC_NAMES, static_address};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tests_benches_instruments::{Failure, Process, cpu, free_address};

pub(crate) fn start(folder: &Path, core: usize) -> Result<Asked, Failure> {
    let address = free_address()?;
    let port = address.rsplit_once(':').ok_or("no port")?.1.parse()?;
    let mut zone = head("static.test");
    for number in 0..STATIC_NAMES {
        zone.push_str(&format!("h{number} 300 A {}\n", static_address(number)));
    }
    std::fs::write(folder.join("static.test"), zone)?;
    let configuration = folder.join("nsd.conf");
    std::fs::write(&configuration, settings(folder, port))?;
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &core.to_string(), "nsd", "-d", "-c"]).arg(&configuration);
    let process = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    let first = process.id();
    Ok(Asked { port, cpu: Box::new(move || family_cpu(first)), _running: Box::new(process) })
}

/// SOA and NS, as Hearth makes them for a new zone.
pub(crate) fn head(zone: &str) -> String {
    format!(
        "$ORIGIN {zone}.\n@ 900 SOA ns-0.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400\n\
         @ 172800 NS ns-0.awsdns-00.com.\n"
    )
}

fn settings(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "server:\n  server-count: 1\n  ip-address: 127.0.0.1@{port}\n  username: \"\"\n  chroot: \"\"\n  zonesdir: \"{folder}\"\n  \
         database: \"\"\n  pidfile: \"{folder}/pid\"\n  xfrdfile: \"{folder}/xfrd\"\n  zonelistfile: \"{folder}/zones\"\n  \
         xfrdir: \"{folder}\"\n  logfile: \"{folder}/log\"\n  rrl-ratelimit: 0\n  minimal-responses: yes\n\
         remote-control:\n  control-enable: no\nzone:\n  name: static.test\n  zonefile: static.test\n"
    )
}

/// NSD answers in a process of its own, two generations below the first one.
fn family_cpu(first: u32) -> Result<Duration, Failure> {
    let mut sum = cpu(first)?;
    let mut parents = vec![first];
    while let Some(parent) = parents.pop() {
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"))?;
        for child in children.split_whitespace() {
            let child = child.parse()?;
            sum += cpu(child)?;
            parents.push(child);
        }
    }
    Ok(sum)
}
