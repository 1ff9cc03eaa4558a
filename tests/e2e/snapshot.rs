//! A region's records are saved, the server's folder is lost, and the copy brings the region back: same answers, and the
//! agent and the DNS server of before, which never stopped, follow the restored server.

use crate::lab::{Component, Lab, PATIENCE, said, same, until};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

const SMALL: &str = "kind: Instance
metadata: {name: small}
spec: {imageId: hearth/web, instanceType: t3.nano}";
const NEW: &str = "kind: Instance
metadata: {name: new}
spec: {imageId: hearth/web, instanceType: t3.nano}
---
kind: HostedZone
metadata: {name: restored.test}
spec: {name: restored.test}
---
kind: RecordSet
metadata: {name: www}
spec: {hostedZoneId: restored.test, name: www.restored.test, type: A, ttl: 5, resourceRecords: [192.0.2.7]}";

/// What a user sees of the region that no machine and no clock decides.
const SHOWN: [&str; 4] = ["instances", "vpcs", "subnets", "security_groups"];

#[test]
fn a_restored_region_is_the_same_and_its_agents_and_dns_servers_follow_it() {
    let mut lab = Lab::start();
    lab.applied(SMALL);
    lab.ok(&["wait", "instance", "small", "--for=status.state=running"]);
    let (before, process) = (shown(&lab), lab.machine.first_process(&lab.instance("small").id));
    let file = save(&lab);
    lab.kill(Component::Server);
    fs::remove_dir_all(lab.machine.data_dir().join("server")).unwrap();
    interrupted_restores_leave_nothing_or_everything(&lab, &file);
    lab.start_component(Component::Server);
    until("the region is as it was", PATIENCE, || same(&shown(&lab), &before));
    lab.applied(NEW);
    lab.ok(&["wait", "instance", "new", "--for=status.state=running"]);
    until("DNS serves a new zone", PATIENCE, || {
        same(&lab.answers("www.restored.test", "A"), &vec!["192.0.2.7".to_owned()])
    });
    assert_eq!(lab.machine.first_process(&lab.instance("small").id), process, "what ran went on");
}

fn shown(lab: &Lab) -> Vec<String> {
    SHOWN.iter().map(|kind| lab.ok(&["get", kind, "-o", "json"])).collect()
}

/// Where the copy is.
fn save(lab: &Lab) -> String {
    let path = lab.machine.folder().join("region.snapshot");
    let file = path.display().to_string();
    lab.ok(&["snapshot", "save", &file]);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let told = lab.ok(&["snapshot", "inspect", &file]);
    assert!(told.contains("region:        us-east-1\n") && told.contains("incarnation:   1\n"), "{told}");
    let refused = lab.hearth(&["snapshot", "restore", &file]);
    assert_eq!(refused.status.code(), Some(4), "a running region's folder is not empty: {}", said(&refused));
    file
}

/// Kills restores after longer and longer times, until one comes to its end first.
fn interrupted_restores_leave_nothing_or_everything(lab: &Lab, file: &str) {
    let data = lab.machine.data_dir();
    let (mut pause, mut refusals) = (Duration::from_millis(1), 0);
    while !data.join("server").exists() {
        let mut command = lab.machine.hearth();
        command.args(["snapshot", "restore", file]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(pause);
        child.kill().unwrap();
        child.wait().unwrap();
        pause *= 2;
        if data.join("server.restoring").exists() {
            let refused = said(&lab.hearth(&["server"]));
            assert!(refused.contains("was interrupted"), "{refused}");
            refusals += 1;
        }
    }
    assert!(refusals > 0, "no restore was caught at work");
}
