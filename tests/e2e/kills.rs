//! `kill -9` of each component in turn: what runs goes on, what is asked is answered, and whoever comes back finds
//! everything as it was.

use crate::lab::{Component, FirstProcess, Lab, PATIENCE, kill, same, until};
use crate::probe::Probe;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the control plane says of an instance, and what the machine says of its first process.
type Identity = (Value, FirstProcess);

#[test]
fn killed_components_cost_nothing() {
    let mut lab = Lab::with_two_tier();
    let before = state(&lab);
    assert_eq!(before.len(), 5);
    let serving = serving(&lab);
    the_agent(&mut lab);
    unchanged(&lab, &before);
    the_server_and_dns(&mut lab);
    unchanged(&lab, &before);
    a_shim(&lab);
    unchanged(&lab, &before);
    serving.into_iter().for_each(Probe::finish);
}

/// One probe per instance that has a public address.
fn serving(lab: &Lab) -> Vec<Probe> {
    let members = [lab.members("web"), lab.members("standby")].concat();
    let probe = |id: String, address: &str| Probe::start(lab.curl(address), move |page| page.trim() == id);
    members.into_iter().map(|member| probe(member.id, &member.public)).collect()
}

/// Who an instance is: nothing of it may change by a death elsewhere.
fn state(lab: &Lab) -> BTreeMap<String, Identity> {
    let identity = |(id, instance): (String, Value)| {
        let first = lab.machine.first_process(&id).unwrap();
        let status = &instance["status"];
        let told = [&status["startedAt"], &status["run"], &status["publicIpAddress"], &status["state"]];
        (id, (Value::from(told.map(Value::clone).to_vec()), first))
    };
    lab.instances().into_iter().map(identity).collect()
}

/// Also: the control plane really commands the agent again.
fn unchanged(lab: &Lab, before: &BTreeMap<String, Identity>) {
    until("the agent answers", PATIENCE, || {
        let output = lab.exec("app", &["true"]);
        output.status.success().then_some(()).ok_or_else(|| crate::lab::said(&output))
    });
    assert_eq!(&state(lab), before);
}

fn the_agent(lab: &mut Lab) {
    lab.kill(Component::Agent);
    for member in lab.members("web") {
        lab.serves(&member).unwrap();
    }
    lab.start_component(Component::Agent);
}

/// DNS does without the server, and also when it starts without one: its zones are on disk.
fn the_server_and_dns(lab: &mut Lab) {
    let wanted = lab.member_addresses("web");
    let records = lab.ok(&["get", "record_sets", "-o", "json"]);
    let answering = answering(lab);
    lab.kill(Component::Server);
    assert_eq!(lab.hearth(&["get", "instances"]).status.code(), Some(5));
    assert_eq!(lab.addresses("web.hearth.test"), wanted);
    answering.finish();
    lab.kill(Component::Dns);
    lab.start_component(Component::Dns);
    assert_eq!(lab.addresses("web.hearth.test"), wanted);
    let answering = self::answering(lab);
    lab.start_component(Component::Server);
    until("the server knows the records", PATIENCE, || {
        let output = lab.hearth(&["get", "record_sets", "-o", "json"]);
        same(&String::from_utf8_lossy(&output.stdout).into_owned(), &records)
    });
    lab.ok(&["wait", "node", "--for=status.condition=Ready"]);
    assert_eq!(lab.addresses("web.hearth.test"), wanted);
    answering.finish();
}

fn answering(lab: &Lab) -> Probe {
    Probe::start(lab.dig(&["web.hearth.test", "A"]), |answer| answer.lines().count() == 3)
}

/// Its instance gets another one and does not notice. A new shim is told by its process: records are written at a start.
fn a_shim(lab: &Lab) {
    let victim = lab.members("web").remove(0);
    let before = lab.machine.shims(&victim.id);
    assert_eq!(before.len(), 1, "{before:?}");
    kill(before[0]);
    until("another shim supervises", PATIENCE, || match lab.machine.shims(&victim.id).as_slice() {
        [pid] if *pid != before[0] => Ok(()),
        shims => Err(format!("{shims:?}")),
    });
    lab.serves(&victim).unwrap();
    let output = lab.exec(&victim.id, &["hostname"]);
    assert!(output.status.success(), "{}", crate::lab::said(&output));
}
