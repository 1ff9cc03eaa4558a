//! Stop, start and reboot, and what is asked of a stopped instance.

use super::*;
use crate::attribute::{AttributeBooleanValue, AttributeValue, BlobAttributeValue};
use crate::instance::modify_instance_attribute::{ModifyInstanceAttribute, ModifyInstanceAttributeInput};
use crate::instance::reboot_instances::{RebootInstances, RebootInstancesInput};
use crate::instance::start_instances::{StartInstances, StartInstancesInput};
use crate::instance::stop_instances::{StopInstances, StopInstancesInput};
use crate::network_interface::of_instance;
use controlplane_services_native::Node;

/// Runs an operation; what fails leaves nothing behind.
fn ask<O: Operation>(world: &mut World, input: &O::Input) -> Result<O::Output, String> {
    world.account(|cx| {
        let mut scratch = Context::new(cx.view.clone(), cx.caller.clone(), cx.now, [5; 32]);
        O::run(input, &mut scratch).map_err(|error| error.code.into_owned())?;
        O::run(input, cx).map_err(|error| error.code.into_owned())
    })
}

fn stop(world: &mut World, id: &str, force: bool) -> Result<(&'static str, &'static str), String> {
    let input = StopInstancesInput { instance_ids: vec![id.into()], force: Some(force), dry_run: None };
    let change = ask::<StopInstances>(world, &input)?.stopping_instances.remove(0);
    Ok((change.previous_state.name, change.current_state.name))
}

fn start(world: &mut World, id: &str) -> Result<(&'static str, &'static str), String> {
    let input = StartInstancesInput { instance_ids: vec![id.into()], dry_run: None };
    let change = ask::<StartInstances>(world, &input)?.starting_instances.remove(0);
    Ok((change.previous_state.name, change.current_state.name))
}

fn reboot(world: &mut World, id: &str) -> Result<(), String> {
    let input = RebootInstancesInput { instance_ids: vec![id.into()], dry_run: None };
    ask::<RebootInstances>(world, &input).map(|_| ())
}

fn stopped(world: &mut World) -> String {
    let id = world.run_to_running();
    stop(world, &id, false).unwrap();
    world.report("n1", &id, ObservedState::Stopped);
    assert_eq!(world.state(&id), Some(State::Stopped));
    id
}

fn addresses(world: &mut World, id: &str) -> (String, Option<String>) {
    world.account(|cx| {
        let held = of_instance(id, cx);
        (held[0].primary_address().to_string(), held[0].public_address.map(|address| address.to_string()))
    })
}

fn set_state(world: &mut World, id: &str, state: State) {
    let instance = Instance { state, ..world.instance(id).unwrap().clone() };
    world.account(|cx| cx.put(id, instance));
}

#[test]
fn a_stop_and_a_start() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    let (private, public) = addresses(&mut world, &id);
    assert!(public.is_some(), "the default subnet maps public addresses");
    let launched_at = world.instance(&id).unwrap().launched_at;
    world.pass(60);
    assert_eq!(stop(&mut world, &id, false).unwrap(), ("running", "stopping"));
    assert_eq!(stop(&mut world, &id, false).unwrap(), ("stopping", "stopping"));
    let instance = world.instance(&id).unwrap();
    assert!(instance.transition_reason.starts_with("User initiated (1970-01-01 "));
    assert_eq!(instance.state_reason.as_ref().unwrap().code, "Client.UserInitiatedShutdown");
    world.report("n1", &id, ObservedState::Stopped);
    assert_eq!(stop(&mut world, &id, false).unwrap(), ("stopped", "stopped"));
    assert_eq!(addresses(&mut world, &id), (private.clone(), None), "as at AWS, the public one goes");

    assert_eq!(start(&mut world, &id).unwrap(), ("stopped", "pending"));
    assert_eq!(start(&mut world, &id).unwrap(), ("pending", "pending"));
    let instance = world.instance(&id).unwrap().clone();
    assert_eq!((instance.run, instance.node.as_deref(), instance.started_at), (2, Some("n1"), None));
    assert!(instance.launched_at > launched_at);
    assert_eq!(instance.state_reason.unwrap().code, "pending");
    let (same, another) = addresses(&mut world, &id);
    assert_eq!((same, another.is_some()), (private, true));
    world.report("n1", &id, ObservedState::Running);
    assert_eq!(world.state(&id), Some(State::Pending), "that was the run before");
    world.report_as("n1", status(&id, 2, ObservedState::Running), "boot", false);
    let instance = world.instance(&id).unwrap();
    assert_eq!((instance.state, instance.transition_reason.as_str()), (State::Running, ""));
    assert_eq!(instance.state_reason, None);
    assert_eq!(start(&mut world, &id).unwrap(), ("running", "running"));
}

/// Something to try.
type Act = fn(&mut World, &str) -> Result<(), String>;

#[test]
fn states_from_which_nothing_follows() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    let wrong = Err("IncorrectInstanceState".to_owned());
    for (state, stops, starts, reboots) in [
        (State::Pending, false, true, false),
        (State::Running, true, true, true),
        (State::Stopping, true, false, false),
        (State::Stopped, true, true, false),
        (State::ShuttingDown, false, false, false),
        (State::Terminated, false, false, false),
    ] {
        let acts: [(bool, Act); 3] = [
            (stops, |world, id| stop(world, id, false).map(drop)),
            (starts, |world, id| start(world, id).map(drop)),
            (reboots, reboot),
        ];
        for (may, act) in acts {
            set_state(&mut world, &id, state);
            assert_eq!(act(&mut world, &id), if may { Ok(()) } else { wrong.clone() }, "{state:?}");
        }
    }
}

#[test]
fn several_are_told_together_or_not_at_all() {
    let mut world = World::with_nodes();
    let (one, other) = (world.run_to_running(), stopped(&mut world));
    let input = |ids: &[&String]| RebootInstancesInput {
        instance_ids: ids.iter().map(|id| (*id).clone()).collect(),
        dry_run: None,
    };
    assert_eq!(
        ask::<RebootInstances>(&mut world, &input(&[&one, &other])).unwrap_err(),
        "IncorrectInstanceState"
    );
    assert_eq!(world.instance(&one).unwrap().run, 1);
    assert_eq!(ask::<RebootInstances>(&mut world, &input(&[])).unwrap_err(), "MissingParameter");
    let missing = "i-0bad".to_owned();
    assert_eq!(
        ask::<RebootInstances>(&mut world, &input(&[&one, &missing])).unwrap_err(),
        "InvalidInstanceID.NotFound"
    );
}

#[test]
fn force_may_be_said_of_a_stop_under_way() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    stop(&mut world, &id, false).unwrap();
    assert!(!world.instance(&id).unwrap().force_stop);
    stop(&mut world, &id, true).unwrap();
    let entries = world.entries;
    stop(&mut world, &id, true).unwrap();
    assert!(world.instance(&id).unwrap().force_stop);
    assert_eq!(world.entries, entries);
    world.report("n1", &id, ObservedState::Stopped);
    start(&mut world, &id).unwrap();
    assert!(!world.instance(&id).unwrap().force_stop);
}

#[test]
fn a_reboot_is_the_next_run_and_no_move() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    let before = world.instance(&id).unwrap().clone();
    reboot(&mut world, &id).unwrap();
    world.report("n1", &id, ObservedState::Exited);
    let during = world.instance(&id).unwrap().clone();
    assert_eq!((during.state, during.run, during.started_at), (State::Running, 2, None));
    assert_eq!(during.launched_at, before.launched_at);
    let entries = world.entries;
    for _ in 0..3 {
        world.report_as("n1", status(&id, 2, ObservedState::Running), "boot", false);
    }
    assert_eq!(world.entries, entries + 1);
    assert_eq!(world.instance(&id).unwrap().started_at, Some(Timestamp::from_millis(5_000)));
    world.report_as("n1", status(&id, 2, ObservedState::Exited), "boot", false);
    assert_eq!(world.state(&id), Some(State::Stopped));
}

#[test]
fn a_start_that_fails_keeps_the_root_unless_the_root_is_what_failed() {
    for (report, state, interfaces) in
        [(ObservedState::Failed, State::Stopped, 1), (ObservedState::Gone, State::Terminated, 0)]
    {
        for rebooted in [false, true] {
            let mut world = World::with_nodes();
            let id = if rebooted { world.run_to_running() } else { stopped(&mut world) };
            if rebooted {
                reboot(&mut world, &id).unwrap()
            } else {
                start(&mut world, &id).map(drop).unwrap()
            }
            let told = InstanceStatus { reason: "broken disk".into(), ..status(&id, 2, report) };
            world.report_as("n1", told, "boot", false);
            let instance = world.instance(&id).unwrap();
            assert_eq!((instance.state, instance.interfaces.len()), (state, interfaces), "{report:?}");
            assert_eq!(instance.state_reason.as_ref().unwrap().message, "Server.InternalError: broken disk");
        }
    }
}

#[test]
fn it_starts_where_its_root_is_or_not_at_all() {
    let mut world = World::with_nodes();
    let id = stopped(&mut world);
    let big = RunInstancesInput { instance_type: Some("m5.large".into()), ..web(1) };
    let placement =
        Some(crate::launch_template::PlacementSpecification { availability_zone: Some("us-east-1a".into()) });
    let filler = world.run(&RunInstancesInput { placement, ..big }).unwrap().remove(0);
    world.settle();
    assert_eq!(world.instance(&filler).unwrap().node.as_deref(), Some("n1"), "a stopped one takes no room");
    assert_eq!(start(&mut world, &id).unwrap_err(), "InsufficientInstanceCapacity");
    world.terminate(&filler);
    world.report("n1", &filler, ObservedState::Gone);
    world.node_goes_away("n1");
    assert_eq!(start(&mut world, &id).unwrap_err(), "InsufficientInstanceCapacity");
    world.system(|cx| cx.delete_at(Node::key(&"us-east-1".into(), "n1")));
    assert_eq!(start(&mut world, &id).unwrap_err(), "IncorrectInstanceState");
    assert_eq!(world.state(&id), Some(State::Stopped));
}

#[test]
fn stop_protection_protects_from_stops_only() {
    let mut world = World::with_nodes();
    let id = world.run(&RunInstancesInput { disable_api_stop: Some(true), ..web(1) }).unwrap().remove(0);
    world.settle();
    let node = world.instance(&id).unwrap().node.clone().unwrap();
    world.report(&node, &id, ObservedState::Running);
    assert_eq!(stop(&mut world, &id, true).unwrap_err(), "OperationNotPermitted");
    reboot(&mut world, &id).unwrap();
    let off = ModifyInstanceAttributeInput {
        instance_id: id.clone(),
        disable_api_stop: Some(AttributeBooleanValue { value: false }),
        ..Default::default()
    };
    ask::<ModifyInstanceAttribute>(&mut world, &off).map(drop).unwrap();
    stop(&mut world, &id, false).unwrap();
}

#[test]
fn type_and_user_data_change_at_rest() {
    let mut world = World::with_nodes();
    let (running, stopped) = (world.run_to_running(), stopped(&mut world));
    let named = |name: &str, value: &str| ModifyInstanceAttributeInput {
        attribute: Some(name.into()),
        value: Some(value.into()),
        ..Default::default()
    };
    let typed = |value: &str| ModifyInstanceAttributeInput {
        instance_type: Some(AttributeValue { value: value.into() }),
        ..Default::default()
    };
    let data = |bytes: &[u8]| ModifyInstanceAttributeInput {
        user_data: Some(BlobAttributeValue { value: bytes.into() }),
        ..Default::default()
    };
    let incorrect = "IncorrectInstanceState";
    for (input, at_rest, at_work) in [
        (typed("t3.small"), "", incorrect),
        (named("instanceType", "t3.nano"), "", incorrect),
        (data(b"hello"), "", incorrect),
        (named("userData", "aGVsbG8="), "", incorrect),
        (named("disableApiTermination", "false"), "", ""),
        (named("sourceDestCheck", "false"), "", ""),
        (typed("t9.huge"), "InvalidParameterValue", "InvalidParameterValue"),
        (named("kernel", "aki-1"), "InvalidParameterValue", "InvalidParameterValue"),
        (named("disableApiStop", "maybe"), "InvalidParameterValue", "InvalidParameterValue"),
        (data(&[0; 16 * 1024 + 1]), "InvalidParameterValue", "InvalidParameterValue"),
        (
            ModifyInstanceAttributeInput { value: Some("x".into()), ..typed("t3.small") },
            "InvalidParameterCombination",
            "InvalidParameterCombination",
        ),
        (
            ModifyInstanceAttributeInput { attribute: Some("userData".into()), ..Default::default() },
            "MissingParameter",
            "MissingParameter",
        ),
        (
            ModifyInstanceAttributeInput { groups: Some(vec![]), ..Default::default() },
            "MissingParameter",
            "MissingParameter",
        ),
    ] {
        for (id, expected) in [(&stopped, at_rest), (&running, at_work)] {
            let mut found = String::new();
            let input = serde_json::to_value(&input).unwrap();
            let mut input: ModifyInstanceAttributeInput = serde_json::from_value(input).unwrap();
            input.instance_id.clone_from(id);
            if let Err(code) = ask::<ModifyInstanceAttribute>(&mut world, &input) {
                found = code;
            }
            assert_eq!(found, expected, "{input:?}");
        }
    }
    let instance = world.instance(&stopped).unwrap();
    assert_eq!(instance.instance_type, "t3.nano");
    assert_eq!(instance.user_data.as_ref().map(|bytes| bytes.to_vec()), Some(b"hello".to_vec()));
    ask::<ModifyInstanceAttribute>(
        &mut world,
        &ModifyInstanceAttributeInput { instance_id: stopped.clone(), ..data(b"") },
    )
    .map(drop)
    .unwrap();
    assert_eq!(world.instance(&stopped).unwrap().user_data, None);
    world.account(|cx| assert!(!of_instance(&running, cx)[0].source_dest_check));
}
