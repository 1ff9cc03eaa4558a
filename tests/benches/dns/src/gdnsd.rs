//! gdnsd, with every zone.

use crate::Asked;
use crate::nsd::head;
use crate::workload::{
    BLOCKS, CHECK_INTERVAL, LOCATIONS, NAMES, SECONDARY, STATIC_NAMES, WEIGHTS, block, location_address,
    primary, static_address, weighted_address,
};
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tests_benches_instruments::{Failure, Process, cpu, free_address};

pub(crate) fn start(folder: &Path, check_port: u16, core: usize) -> Result<Asked, Failure> {
    let address = free_address()?;
    let zones = folder.join("zones");
    for part in ["zones", "run", "state"] {
        std::fs::create_dir(folder.join(part))?;
    }
    std::fs::write(
        zones.join("static.test"),
        zone("static.test", STATIC_NAMES, |number| format!("A {}", static_address(number))),
    )?;
    for (policy, name) in
        [("weighted", "weighted.test"), ("simplefo", "failover.test"), ("geoip", "geo.test")]
    {
        std::fs::write(zones.join(name), zone(name, NAMES, |number| format!("DYNA {policy}!n{number}")))?;
    }
    std::fs::write(folder.join("config"), settings(folder, &address, check_port))?;
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &core.to_string(), "gdnsd", "-c"]).arg(folder).arg("start");
    let process = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    let port = address.rsplit_once(':').ok_or("no port")?.1.parse()?;
    let pid = process.id();
    Ok(Asked { port, cpu: Box::new(move || cpu(pid)), _running: Box::new(process) })
}

fn zone(name: &str, names: usize, data: impl Fn(usize) -> String) -> String {
    let mut zone = head(name);
    for number in 0..names {
        // Writing to a string does not fail.
        let _ = writeln!(zone, "h{number} 300 {}", data(number));
    }
    zone
}

fn settings(folder: &Path, address: &str, check_port: u16) -> String {
    let folder = folder.display();
    let (mut weighted, mut failover) = (String::new(), String::new());
    for number in 0..NAMES {
        let _ = write!(weighted, "n{number} => {{ ");
        for (member, weight) in WEIGHTS.iter().enumerate() {
            let _ = write!(weighted, "m{member} => [ {}, {weight} ] ", weighted_address(number, member));
        }
        weighted.push_str("}\n");
        let _ =
            writeln!(failover, "n{number} => {{ primary => {}, secondary => {SECONDARY} }}", primary(number));
    }
    // No check of the secondary: it is the answer when the primary is not.
    format!(
        "options => {{ listen => [ \"{address}\" ], udp_threads => 1, tcp_threads => 1, run_dir => \"{folder}/run\", \
         state_dir => \"{folder}/state\" }}\n\
         service_types => {{ open => {{ plugin => tcp_connect, port => {check_port}, interval => {CHECK_INTERVAL}, timeout => 2, \
         up_thresh => 1, down_thresh => 1, ok_thresh => 1 }} }}\n\
         plugins => {{\nweighted => {{ service_types => up\n{weighted}}}\nsimplefo => {{ service_types => open\n{failover}}}\n\
         geoip => {{ maps => {{ clients => {{ datacenters => [ {} ], nets => {{\n{}}} }} }}, resources => {{\n{}}} }}\n}}\n",
        locations().join(", "),
        networks(),
        geo_resources()
    )
}

fn locations() -> Vec<String> {
    (0..LOCATIONS).map(|location| format!("l{location}")).collect()
}

fn networks() -> String {
    let lines = (0..BLOCKS).map(|number| {
        let [second, third] = block(number);
        format!("10.{second}.{third}.0/24 => [ l{} ]\n", number % LOCATIONS)
    });
    lines.collect()
}

fn geo_resources() -> String {
    let lines = (0..NAMES).map(|number| {
        let addresses: Vec<_> = (0..LOCATIONS)
            .map(|location| format!("l{location} => {}", location_address(number, location)))
            .collect();
        format!(
            "n{number} => {{ map => clients, service_types => up, dcmap => {{ {} }} }}\n",
            addresses.join(", ")
        )
    });
    lines.collect()
}
