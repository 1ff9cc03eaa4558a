use super::*;
use crate::network_interface::of_instance;
use controlplane_services_kernel::event::{ABOUT, Event};

fn reasons(world: &World, id: &str) -> Vec<String> {
    let events = world.view.find::<Event>(ABOUT, &format!("instance/{id}"));
    events.map(|event| event.reason.clone()).collect()
}

#[test]
fn reports_move_an_instance() {
    // State before, behaviour, report, state after.
    let stop = ShutdownBehavior::Stop;
    let terminate = ShutdownBehavior::Terminate;
    let table = [
        (State::Pending, stop, ObservedState::Pending, State::Pending),
        (State::Pending, stop, ObservedState::Running, State::Running),
        (State::Pending, stop, ObservedState::Exited, State::Stopped),
        (State::Pending, terminate, ObservedState::Exited, State::ShuttingDown),
        (State::Pending, stop, ObservedState::Failed, State::Terminated),
        (State::Pending, stop, ObservedState::Gone, State::Pending),
        (State::Running, stop, ObservedState::Running, State::Running),
        (State::Running, stop, ObservedState::Exited, State::Stopped),
        (State::Running, terminate, ObservedState::Exited, State::ShuttingDown),
        (State::Running, stop, ObservedState::Stopped, State::Running),
        (State::Running, stop, ObservedState::Gone, State::Running),
        (State::Running, stop, ObservedState::Failed, State::Terminated),
        (State::Stopping, stop, ObservedState::Running, State::Stopping),
        (State::Stopping, stop, ObservedState::Stopped, State::Stopped),
        (State::Stopped, stop, ObservedState::Running, State::Stopped),
        (State::Stopped, stop, ObservedState::Exited, State::Stopped),
        (State::Stopped, stop, ObservedState::Failed, State::Stopped),
        (State::ShuttingDown, stop, ObservedState::Running, State::ShuttingDown),
        (State::ShuttingDown, stop, ObservedState::Exited, State::ShuttingDown),
        (State::ShuttingDown, stop, ObservedState::Gone, State::Terminated),
        (State::ShuttingDown, stop, ObservedState::Failed, State::Terminated),
    ];
    for (before, shutdown_behavior, report, after) in table {
        let mut world = World::with_nodes();
        let instance = Instance { state: before, shutdown_behavior, ..running() };
        world.account(|cx| cx.put("i-1", instance));
        let entries = world.entries;
        world.report("n1", "i-1", report);
        assert_eq!(world.state("i-1"), Some(after), "{before:?} {report:?}");
        let written = usize::from(before != after);
        assert_eq!(world.entries - entries, written, "only moves are written: {before:?} {report:?}");
    }
}

#[test]
fn reports_that_are_not_about_this_run_on_this_node_move_nothing() {
    let exited = |run| status("i-1", run, ObservedState::Exited);
    for (node, boot, status) in [
        ("n2", "boot", exited(3)),
        ("nobody", "boot", exited(3)),
        ("n1", "other boot", exited(3)),
        ("n1", "boot", exited(2)),
        ("n1", "boot", exited(4)),
        ("n1", "boot", InstanceStatus { id: "i-2".into(), ..exited(3) }),
    ] {
        let mut world = World::with_nodes();
        world.account(|cx| cx.put("i-1", Instance { run: 3, ..running() }));
        let entries = world.entries;
        world.report_as(node, status.clone(), boot, false);
        assert_eq!(
            (world.state("i-1"), world.entries),
            (Some(State::Running), entries),
            "{node} {boot} {status:?}"
        );
    }
}

#[test]
fn what_an_instance_waits_for_is_told_once() {
    let mut world = World::with_nodes();
    world.account(|cx| cx.put("i-1", Instance { state: State::Pending, ..running() }));
    let before = world.entries;
    let pulling = "pulling image ami-1 (docker.io/library/nginx:1.27, 58 MiB)";
    for why in ["", pulling, pulling, "", "access is denied", "access is denied"] {
        let pending = InstanceStatus { reason: why.into(), ..status("i-1", 1, ObservedState::Pending) };
        world.report_as("n1", pending, "boot", false);
    }
    assert_eq!((reasons(&world, "i-1"), world.entries - before), (vec!["Waiting".to_owned(); 2], 2));
    assert_eq!(world.state("i-1"), Some(State::Pending));
}

#[test]
fn a_start_and_an_end_are_remembered() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    let instance = world.instance(&id).unwrap();
    assert_eq!((instance.started_at, instance.exit), (Some(Timestamp::from_millis(5_000)), None));
    world.report("n1", &id, ObservedState::Exited);
    let instance = world.instance(&id).unwrap();
    assert_eq!(instance.exit, Some(Exit { code: 0, signal: 9 }));
    assert!(instance.transition_reason.contains("signal 9"));
    assert_eq!(instance.state_reason.as_ref().unwrap().code, "Client.InstanceInitiatedShutdown");
}

#[test]
fn every_move_is_told_once() {
    let mut world = World::with_nodes();
    let id = world.run_one("us-east-1a");
    world.pass(1);
    world.settle();
    world.pass(1);
    for _ in 0..2 {
        world.report("n1", &id, ObservedState::Running);
    }
    world.pass(1);
    world.report("n1", &id, ObservedState::Exited);
    world.terminate(&id);
    world.pass(1);
    world.report("n1", &id, ObservedState::Gone);
    let told = reasons(&world, &id);
    assert_eq!(told[..3], ["Launched", "Placed", "Running"]);
    assert_eq!((told.len(), told[5].as_str()), (6, "Terminated"));
    assert!(told[3..5].contains(&"Stopped".to_owned()) && told[3..5].contains(&"ShuttingDown".to_owned()));
}

#[test]
fn what_cannot_start_ends_with_the_reason() {
    let mut world = World::with_nodes();
    let id = world.run_one("us-east-1a");
    world.settle();
    let failed = InstanceStatus { reason: "no such image".into(), ..status(&id, 1, ObservedState::Failed) };
    world.report_as("n1", failed, "boot", false);
    let instance = world.instance(&id).unwrap();
    assert_eq!(instance.state_reason.as_ref().unwrap().message, "Server.InternalError: no such image");
    assert!(instance.interfaces.is_empty());
}

#[test]
fn interfaces_are_held_until_nothing_is_left() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    world.terminate(&id);
    assert_eq!(world.state(&id), Some(State::ShuttingDown));
    world.account(|cx| assert_eq!(of_instance(&id, cx).len(), 1));
    world.report("n1", &id, ObservedState::Gone);
    world.account(|cx| assert_eq!(of_instance(&id, cx).len(), 0));
    let instance = world.instance(&id).unwrap();
    assert!(
        instance.transition_reason.starts_with("User initiated (1970-01-01 "),
        "{}",
        instance.transition_reason
    );
    assert_eq!(instance.state_reason.as_ref().unwrap().code, "Client.UserInitiatedShutdown");
}

#[test]
fn a_full_report_without_it_ends_what_shuts_down_and_nothing_else() {
    let mut world = World::with_nodes();
    let (leaving, staying) = (world.run_to_running(), world.run_to_running());
    world.terminate(&leaving);
    let input =
        ObserveInstancesInput { node: "n1".into(), boot_id: "boot".into(), full: true, ..Default::default() };
    world.system(|cx| ObserveInstances::run(&input, cx)).unwrap();
    assert_eq!(
        (world.state(&leaving), world.state(&staying)),
        (Some(State::Terminated), Some(State::Running))
    );
}
