//! The machine goes down and comes back without its control plane.

use crate::lab::{Component, Lab, Member, PATIENCE, same, until};
use std::collections::BTreeSet;

#[test]
fn after_a_reboot_the_agent_restores_everything_from_its_ledger() {
    let mut lab = Lab::with_two_tier();
    let app = lab.instance("app");
    let members = [lab.members("web"), lab.members("standby")].concat();
    let before: BTreeSet<String> = lab.instances().into_keys().collect();
    leave_a_note(&lab, &app);
    for component in [Component::Agent, Component::Server, Component::Dns] {
        lab.kill(component);
    }
    lab.machine.reboot();
    assert_eq!(lab.machine.traces(), Vec::<String>::new(), "the reboot was none");
    lab.start_component(Component::Agent);
    for member in &members {
        until("it serves without a control plane", PATIENCE, || lab.serves(member));
    }
    lab.start_component(Component::Server);
    lab.start_component(Component::Dns);
    until("the control plane agrees", PATIENCE, || in_order(&lab, &before));
    until("the note is still there", PATIENCE, || {
        let output = lab.exec(&app.id, &["cat", "/root/note"]);
        same(&String::from_utf8_lossy(&output.stdout).trim(), &"kept")
    });
    lab.until_page(&lab.members("web")[0].id, &app.private, Some(&app.id));
}

/// A reboot keeps disks.
fn leave_a_note(lab: &Lab, app: &Member) {
    let output = lab.exec(&app.id, &["sh", "-c", "echo kept > /root/note && sync"]);
    assert!(output.status.success(), "{}", crate::lab::said(&output));
}

fn in_order(lab: &Lab, before: &BTreeSet<String>) -> Result<(), String> {
    let after = lab.instances();
    same(&after.keys().cloned().collect(), before)?;
    let running = after.values().filter(|it| it["status"]["state"] == "running").count();
    same(&running, &before.len())?;
    same(&lab.addresses("web.hearth.test"), &lab.member_addresses("web"))
}
