//! An operator's day at the command line, against real processes: machines join, a shop goes live, something breaks, a
//! machine is emptied, everything gets a new program, and at the end all is taken down.
//!
//! `day.txt` is both script and record: every line behind `$` is typed into a shell, on the operator's machine or on the
//! one named before it, and what follows is what came back, with ids and times replaced. Lines behind `!` are what happens
//! to the machines themselves. `HEARTH_UPDATE_DAY=1` writes the answers anew, to be read before they are committed.

use crate::lab::{Host, Lab, grpc_address};
use regex::Regex;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use tests::machine::lives;
use tests::wait::{PATIENCE, until};

/// Wires of the machines that join, in the order in which they are first named.
const FIRST_WIRE: u64 = 11;

/// What cannot be the same twice, and what stands in its place.
const PASSING: [(&str, &str); 4] = [
    (r"\b([a-z]+)-[0-9a-f]{17}\b", "$1-ID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT", "TIME"),
    // Columns are as wide as what they hold.
    (r"  +", "  "),
];

/// The machines, and what an operator keeps beside him. Hosts go before the laboratory they are plugged into.
struct Day {
    nodes: BTreeMap<String, Host>,
    folder: tempfile::TempDir,
    passing: Vec<(Regex, &'static str)>,
    lab: Lab,
}

#[test]
fn an_operators_day() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("robustness/day/day.txt");
    let written = std::fs::read_to_string(&file).unwrap();
    let mut day = Day::begin();
    let mut lived = String::new();
    for line in written.lines() {
        if line.starts_with("# ") || line.is_empty() {
            lived.push_str(&format!("{line}\n"));
        } else if let Some(event) = line.strip_prefix("! ") {
            lived.push_str(&format!("{line}\n"));
            day.happens(event);
        } else if let Some((place, command)) = line.split_once("$ ").filter(|(place, _)| !place.contains(' '))
        {
            let answer = day.typed(place, command);
            println!("{line}\n{answer}");
            lived.push_str(&format!("{line}\n{answer}"));
        }
    }
    if std::env::var_os("HEARTH_UPDATE_DAY").is_some() {
        return std::fs::write(&file, &lived).unwrap();
    }
    let first = lived.lines().zip(written.lines()).find(|(lived, written)| lived != written);
    assert!(lived == written, "the day went differently, first at {first:?}; all of it:\n{lived}");
}

impl Day {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("robustness/day/shop.yaml");
        std::fs::copy(shop, folder.path().join("shop.yaml")).unwrap();
        let passing = PASSING.iter().map(|(pattern, word)| (Regex::new(pattern).unwrap(), *word)).collect();
        Self { nodes: BTreeMap::new(), folder, passing, lab: Lab::start() }
    }

    /// Types a line into a shell at `place`; what it answers.
    fn typed(&mut self, place: &str, line: &str) -> String {
        let servers: Vec<String> = self.lab.running().into_iter().map(grpc_address).collect();
        let program = tests::program("hearth");
        let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let mut shell = match place {
            "" => self.lab.client_command("sh"),
            node => self.node(node).machine.command("sh"),
        };
        let data_dir = match place {
            "" => self.lab.client_data_dir(),
            node => self.node(node).machine.data_dir(),
        };
        shell.args(["-c", line]).current_dir(self.folder.path()).env("PATH", path);
        shell.env("HEARTH_DATA_DIR", data_dir).env("SERVERS", servers.join(","));
        if place.is_empty() {
            shell.env("HEARTH_SERVER", servers.join(","));
        }
        shell.env("HEARTH_CONFIG", self.folder.path().join("config.yaml"));
        let output = shell.output().unwrap();
        let code = output.status.code().map_or_else(|| "signal".to_owned(), |code| code.to_string());
        let mut answer = String::from_utf8_lossy(&output.stdout).into_owned();
        answer.push_str(&String::from_utf8_lossy(&output.stderr));
        if code != "0" {
            answer.push_str(&format!("\n[exit {code}]"));
        }
        let lasting = self
            .passing
            .iter()
            .fold(answer, |text, (passing, word)| passing.replace_all(&text, *word).into_owned());
        let lines = lasting.lines().map(str::trim_end).filter(|line| !line.is_empty());
        lines.map(|line| format!("{line}\n")).collect()
    }

    /// Something happens to the machines.
    fn happens(&mut self, event: &str) {
        match event.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["the", "agent", "of", node, "starts", "in", zone] => self.start_agent(node, zone),
            ["the", "agent", "of", node, "ends"] => self.node(node).end(),
            ["the", "first", "process", "of", "an", "instance", "on", node, "dies"] => {
                self.first_process_dies(node);
            }
            ["every", "server", "gets", "a", "new", "program,", "the", "leader", "last"] => self.upgrade(),
            _ => panic!("what does {event:?} mean?"),
        }
    }

    fn node(&mut self, name: &str) -> &mut Host {
        let wire = FIRST_WIRE + self.nodes.len() as u64;
        let lab = &self.lab;
        self.nodes.entry(name.to_owned()).or_insert_with(|| lab.plug(wire))
    }

    /// As a service manager would: with neither servers nor token.
    fn start_agent(&mut self, name: &str, zone: &str) {
        let host = self.node(name);
        let mut arguments = host.machine.agent_arguments();
        arguments.extend([
            format!("--node={name}"),
            format!("--zone={zone}"),
            format!("--underlay-address={}", crate::lab::Fabric::address(host.id)),
        ]);
        host.start("agent", &arguments);
        host.until_ready();
    }

    fn first_process_dies(&mut self, node: &str) {
        let machine = &self.node(node).machine;
        let id = machine.instances().into_iter().next().expect("an instance");
        let process = machine.first_process(&id).expect("its first process");
        let pid = process.pid.to_string();
        assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
        until(
            "it is gone",
            PATIENCE,
            || if lives(process.pid) { Err("it lives".to_owned()) } else { Ok(()) },
        );
    }

    fn upgrade(&mut self) {
        let (leader, _) = self.lab.leader_and_follower();
        for id in self.lab.others(leader).into_iter().chain([leader]) {
            let server = self.lab.server(id);
            server.end();
            server.install_copy();
            self.lab.restart(id);
        }
    }
}

impl Drop for Day {
    fn drop(&mut self) {
        for (name, host) in &mut self.nodes {
            if std::thread::panicking() {
                eprintln!("--- {name}\n{}", host.log_end());
            }
            host.stop();
            if let Err(failed) = host.machine.purge() {
                eprintln!("{failed}");
            }
        }
    }
}
