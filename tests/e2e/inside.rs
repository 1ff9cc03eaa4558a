//! What an instance uses, and ports that lead into it: steps of the tour through the command line.

use crate::lab::{Lab, PATIENCE, until};
use serde_json::Value;
use std::process::Stdio;
use tests::process::Process;

pub(crate) fn top_measures(lab: &Lab) {
    let id = lab.instance("small").id;
    let work = ["exec", "small", "--", "sh", "-c", "while :; do :; done"];
    let mut busy = lab.machine.hearth().args(work).stdin(Stdio::null()).spawn().unwrap();
    until("its work shows", PATIENCE, || {
        let text = lab.ok(&["top", "i/small", "-o", "json"]);
        let usage = serde_json::from_str::<Value>(&text).unwrap()["usage"].clone();
        let number = |name: &str| usage[name].as_u64().unwrap_or(0);
        let seen = number("cpuMillis") > 100 && number("memoryBytes") > 0 && number("tasks") > 1;
        if seen { Ok(()) } else { Err(text) }
    });
    busy.kill().unwrap();
    busy.wait().unwrap();
    let table = lab.ok(&["top", "instances", "-l", "role=test", "--sort-by", "cpu"]);
    assert!(table.starts_with("NAME") && table.contains(&id) && !table.contains("unknown"), "{table}");
    assert_eq!(lab.ok(&["top", "i", "-l", "role=other", "-o", "name"]), "");
    let nodes = lab.ok(&["top", "nodes", "--sort-by", "memory"]);
    assert_eq!(nodes.lines().count(), 2, "{nodes}");
    assert!(nodes.contains('%') && !nodes.contains("unknown"), "{nodes}");
    assert_eq!(lab.hearth(&["top", "vpcs"]).status.code(), Some(4));
}

pub(crate) fn ports_are_forwarded(lab: &Lab) {
    let mut command = lab.machine.hearth();
    command.args(["port-forward", "small", ":80", ":81"]);
    let forward = Process::start(command, &lab.machine.folder().join("forward.log"));
    let address = |remote: &str| {
        until("it listens", PATIENCE, || {
            let log = forward.log();
            let line = log.lines().find(|line| line.ends_with(&format!(" -> {remote}")));
            line.and_then(|line| line.split(' ').nth(2)).map(str::to_owned).ok_or(log)
        })
    };
    let ask = |address: &str| {
        let mut curl = lab.machine.command("curl");
        let output = curl.args(["-s", "-m", "10", &format!("http://{address}/")]).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (web, nothing, id) = (address("80"), address("81"), lab.instance("small").id);
    let (served, page) = ask(&web);
    assert!(served && page.contains(&id), "{page}");
    assert!(!ask(&nothing).0, "nothing listens there");
    assert!(ask(&web).0, "the forward goes on");
    let told = forward.log();
    assert!(told.contains("port 81: ") && told.contains("connection refused"), "{told}");
    assert_eq!(lab.hearth(&["port-forward", "nobody", "80"]).status.code(), Some(3));
    assert_eq!(lab.hearth(&["port-forward", "small", "0"]).status.code(), Some(2));
}
