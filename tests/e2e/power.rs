//! An instance is stopped, started and rebooted by hand.

use crate::lab::{Lab, PATIENCE, same, until};

fn until_state(lab: &Lab, state: &str) {
    lab.ok(&["wait", "instance", "app", &format!("--for=status.state={state}")]);
}

/// What a program inside prints, as soon as one can run there.
fn until_printed(lab: &Lab, command: &[&str], wanted: &str) {
    let id = lab.instance("app").id;
    until(&format!("{command:?} prints {wanted}"), PATIENCE, || {
        same(&String::from_utf8_lossy(&lab.exec(&id, command).stdout).trim(), &wanted)
    });
}

#[test]
fn a_stop_a_start_and_a_reboot_keep_the_root_and_the_address() {
    let lab = Lab::with_two_tier();
    let (app, web) = (lab.instance("app"), lab.members("web")[0].clone());
    let note = lab.exec(&app.id, &["sh", "-c", "echo kept > /root/note"]);
    assert!(note.status.success(), "{}", crate::lab::said(&note));

    let said = lab.ok(&["stop", "i/app", "--force"]);
    assert_eq!(said, format!("i/app stopping  {}\n", app.id));
    until_state(&lab, "stopped");
    assert!(!lab.exec(&app.id, &["true"]).status.success(), "nothing runs there");
    let refused = lab.hearth(&["reboot", "i/app"]);
    assert_eq!(refused.status.code(), Some(4), "{}", crate::lab::said(&refused));

    lab.ok(&["start", "instance", "app"]);
    until_state(&lab, "running");
    assert_eq!(lab.instance("app").private, app.private);
    until_printed(&lab, &["cat", "/root/note"], "kept");
    lab.until_page(&web.id, &app.private, Some(&app.id));

    let before = lab.machine.first_process(&app.id).unwrap();
    lab.ok(&["reboot", "i", "app"]);
    until("another first process", PATIENCE, || {
        let after = lab.machine.first_process(&app.id).ok_or("none runs")?;
        if after.pid == before.pid { Err(format!("{after:?}")) } else { Ok(()) }
    });
    until_printed(&lab, &["cat", "/root/note"], "kept");
    assert_eq!(lab.get("instance", "app")["status"]["state"], "running");
}
