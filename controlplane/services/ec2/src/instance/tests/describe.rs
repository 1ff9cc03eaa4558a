use super::*;
use crate::attribute::{AttributeBooleanValue, AttributeValue};
use crate::filter::Filter;
use crate::instance::describe_instance_attribute::{
    DescribeInstanceAttribute, DescribeInstanceAttributeInput,
};
use crate::instance::describe_instance_status::{DescribeInstanceStatus, DescribeInstanceStatusInput};
use crate::instance::describe_instances::{DescribeInstances, DescribeInstancesInput};
use crate::instance::get_console_output::{GetConsoleOutput, GetConsoleOutputInput};
use crate::instance::modify_instance_attribute::{ModifyInstanceAttribute, ModifyInstanceAttributeInput};
use crate::instance::terminate_instances::{TerminateInstances, TerminateInstancesInput};
use controlplane_services_kernel::{Query, Reader};
use serde_json::{Value, json};

fn described(world: &mut World, input: &DescribeInstancesInput) -> Result<Value, String> {
    let output =
        world.account(|cx| DescribeInstances::run(input, cx)).map_err(|error| error.code.into_owned())?;
    Ok(serde_json::to_value(output).unwrap())
}

fn ids(shown: &Value) -> Vec<String> {
    let reservations = shown["Reservations"].as_array().unwrap().iter();
    let instances = reservations.flat_map(|reservation| reservation["Instances"].as_array().unwrap());
    instances.map(|instance| instance["InstanceId"].as_str().unwrap().to_owned()).collect()
}

fn filtered(name: &str, value: &str) -> DescribeInstancesInput {
    let filters = Some(vec![Filter { name: name.into(), values: vec![value.into()] }]);
    DescribeInstancesInput { filters, ..Default::default() }
}

#[test]
fn an_instance_is_shown_as_aws_shows_it() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    let shown = described(&mut world, &DescribeInstancesInput::default()).unwrap();
    let instance = &shown["Reservations"][0]["Instances"][0];
    for (path, expected) in [
        ("/InstanceId", id.as_str()),
        ("/State/Name", "running"),
        ("/InstanceType", "t3.micro"),
        ("/Placement/AvailabilityZone", "us-east-1a"),
        ("/Placement/Tenancy", "default"),
        ("/PrivateIpAddress", "172.31.0.4"),
        ("/PrivateDnsName", "ip-172-31-0-4.ec2.internal"),
        ("/NetworkInterfaces/0/PrivateIpAddress", "172.31.0.4"),
        ("/NetworkInterfaces/0/Attachment/Status", "attached"),
        ("/SecurityGroups/0/GroupName", "default"),
        ("/MetadataOptions/HttpTokens", "optional"),
        ("/Architecture", "x86_64"),
    ] {
        assert_eq!(instance.pointer(path).and_then(Value::as_str), Some(expected), "{path}");
    }
    assert_eq!(instance["CpuOptions"]["CoreCount"], 1);
    assert_eq!(shown["Reservations"][0]["OwnerId"], crate::tests::ACCOUNT);
}

#[test]
fn a_terminated_instance_has_no_place_in_a_network() {
    let mut world = World::with_nodes();
    let id = world.run_to_running();
    world.terminate(&id);
    world.report("n1", &id, ObservedState::Gone);
    let shown = described(&mut world, &DescribeInstancesInput::default()).unwrap();
    let instance = &shown["Reservations"][0]["Instances"][0];
    assert_eq!(instance["State"]["Code"], 48);
    assert!(["VpcId", "SubnetId", "PrivateIpAddress"].iter().all(|name| instance.get(name).is_none()));
    assert_eq!(instance["StateReason"]["Code"], "Client.UserInitiatedShutdown");
}

#[test]
fn filters_find_what_is_shown() {
    let mut world = World::with_nodes();
    let (one, other) = (world.run_to_running(), world.run_one("us-east-1b"));
    for (name, value, expected) in [
        ("instance-state-name", "running", &one),
        ("instance-state-code", "0", &other),
        ("availability-zone", "*b", &other),
        ("private-ip-address", "172.31.0.4", &one),
        ("network-interface.addresses.private-ip-address", "172.31.16.*", &other),
        ("instance-id", &one.clone(), &one),
        ("network-interface.attachment.device-index", "0", &one),
        ("network-interface.attachment.instance-id", &one.clone(), &one),
        ("network-interface.attachment.status", "attached", &other),
        ("network-interface.addresses.primary", "true", &one),
        ("network-interface.addresses.private-dns-name", "ip-172-31-0-4.*", &one),
        ("network-interface.association.ip-owner-id", "amazon", &one),
        ("metadata-options.state", "applied", &one),
        ("ebs-optimized", "false", &one),
    ] {
        let found = ids(&described(&mut world, &filtered(name, value)).unwrap());
        assert!(found.contains(expected), "{name}={value}: {found:?}");
    }
    for name in ["vpc-id", "iam-instance-profile.arn", "instance-lifecycle", "platform"] {
        assert_eq!(ids(&described(&mut world, &filtered(name, "x*")).unwrap()).len(), 0, "{name}");
    }
    assert_eq!(described(&mut world, &filtered("colour", "red")).unwrap_err(), "InvalidParameterValue");
}

#[test]
fn ids_have_to_exist_and_reservations_stay_together() {
    let mut world = World::with_nodes();
    let pair = world.run(&web(2)).unwrap();
    world.run(&web(1)).unwrap();
    let shown = described(&mut world, &DescribeInstancesInput::default()).unwrap();
    let reservations = shown["Reservations"].as_array().unwrap();
    let mut sizes: Vec<usize> =
        reservations.iter().map(|found| found["Instances"].as_array().unwrap().len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 2]);
    let with_ids =
        |ids: Vec<String>| DescribeInstancesInput { instance_ids: Some(ids), ..Default::default() };
    assert_eq!(ids(&described(&mut world, &with_ids(vec![pair[0].clone()])).unwrap()), [pair[0].clone()]);
    let missing = vec![pair[0].clone(), "i-0bad".into()];
    assert_eq!(described(&mut world, &with_ids(missing)).unwrap_err(), "InvalidInstanceID.NotFound");
    assert_eq!(
        described(&mut world, &with_ids(vec!["x".into()])).unwrap_err(),
        "InvalidInstanceID.Malformed"
    );
}

#[test]
fn pages_have_every_instance_once() {
    let mut world = World::with_nodes();
    let all = world.run(&web(12)).unwrap();
    let (mut found, mut next_token) = (Vec::new(), None);
    loop {
        let input = DescribeInstancesInput { max_results: Some(5), next_token, ..Default::default() };
        let page = described(&mut world, &input).unwrap();
        found.extend(ids(&page));
        next_token = page["NextToken"].as_str().map(str::to_owned);
        if next_token.is_none() {
            break;
        }
    }
    found.sort();
    let mut expected = all;
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn status_checks_say_what_is_known() {
    let mut world = World::with_nodes();
    let (running, pending) = (world.run_to_running(), world.run_one("us-east-1b"));
    let shown = |world: &mut World, input: DescribeInstanceStatusInput| {
        let output = world.account(|cx| DescribeInstanceStatus::run(&input, cx)).unwrap();
        let statuses = output.instance_statuses.into_iter();
        statuses.map(|shown| (shown.instance_id, shown.instance_status.status)).collect::<Vec<_>>()
    };
    let all = || DescribeInstanceStatusInput { include_all_instances: Some(true), ..Default::default() };
    assert_eq!(shown(&mut world, Default::default()), [(running.clone(), "ok")]);
    world.settle();
    let everything = shown(&mut world, all());
    assert!(everything.contains(&(pending.clone(), "initializing")), "{everything:?}");
    let only_pending =
        DescribeInstanceStatusInput { instance_ids: Some(vec![pending]), ..Default::default() };
    assert_eq!(shown(&mut world, only_pending), []);
    world.account(|cx| crate::instance::power::reboot(&running, cx)).unwrap();
    assert_eq!(shown(&mut world, Default::default()), [(running.clone(), "initializing")]);
    world.report_as("n1", super::status(&running, 2, ObservedState::Running), "boot", false);
    assert_eq!(shown(&mut world, Default::default()), [(running.clone(), "ok")]);
    world.node_goes_away("n1");
    assert_eq!(shown(&mut world, Default::default()), [(running.clone(), "insufficient-data")]);
    let stopped = Instance { state: State::Stopped, ..world.instance(&running).unwrap().clone() };
    world.account(|cx| cx.put(&running, stopped));
    assert!(shown(&mut world, all()).contains(&(running, "not-applicable")));
}

#[test]
fn terminating_is_all_or_nothing_and_may_be_repeated() {
    let mut world = World::with_nodes();
    let (one, kept) = (world.run_to_running(), world.run_to_running());
    let terminate = |world: &mut World, ids: Vec<String>| {
        let input = TerminateInstancesInput { instance_ids: ids, dry_run: None };
        world.account(|cx| {
            let mut scratch = Context::new(cx.view.clone(), cx.caller.clone(), cx.now, [3; 32]);
            TerminateInstances::run(&input, &mut scratch)?;
            TerminateInstances::run(&input, cx)
        })
    };
    let protect = |world: &mut World, value| {
        let disable_api_termination = Some(AttributeBooleanValue { value });
        let input = ModifyInstanceAttributeInput {
            instance_id: kept.clone(),
            disable_api_termination,
            ..Default::default()
        };
        world.account(|cx| ModifyInstanceAttribute::run(&input, cx)).unwrap();
    };
    protect(&mut world, true);
    let refused = terminate(&mut world, vec![one.clone(), kept.clone()]).unwrap_err();
    assert_eq!((refused.code.as_ref(), world.state(&one)), ("OperationNotPermitted", Some(State::Running)));
    protect(&mut world, false);
    assert_eq!(
        terminate(&mut world, vec![one.clone(), "i-0bad".into()]).unwrap_err().code,
        "InvalidInstanceID.NotFound"
    );
    assert_eq!(terminate(&mut world, vec![]).unwrap_err().code, "MissingParameter");
    let first = terminate(&mut world, vec![one.clone()]).unwrap().terminating_instances.remove(0);
    assert_eq!((first.previous_state.name, first.current_state.name), ("running", "shutting-down"));
    let entries = world.entries;
    let again = terminate(&mut world, vec![one]).unwrap().terminating_instances.remove(0);
    assert_eq!((again.previous_state.name, again.current_state.name), ("shutting-down", "shutting-down"));
    assert_eq!(world.entries, entries);
}

#[test]
fn attributes_are_shown_and_modified_one_at_a_time() {
    let mut world = World::with_nodes();
    let id = world.run(&RunInstancesInput { user_data: Some("aGVsbG8".into()), ..web(1) }).unwrap().remove(0);
    let behavior = Some(AttributeValue { value: "terminate".into() });
    let input = ModifyInstanceAttributeInput {
        instance_id: id.clone(),
        instance_initiated_shutdown_behavior: behavior,
        ..Default::default()
    };
    world.account(|cx| ModifyInstanceAttribute::run(&input, cx)).unwrap();
    for (attribute, path, expected) in [
        ("instanceType", "/InstanceType/Value", Value::from("t3.micro")),
        ("userData", "/UserData/Value", Value::from("aGVsbG8=")),
        (
            "instanceInitiatedShutdownBehavior",
            "/InstanceInitiatedShutdownBehavior/Value",
            Value::from("terminate"),
        ),
        ("disableApiTermination", "/DisableApiTermination/Value", Value::from(false)),
        ("sourceDestCheck", "/SourceDestCheck/Value", Value::from(true)),
        ("groupSet", "/Groups/0/GroupName", Value::from("default")),
    ] {
        let input = DescribeInstanceAttributeInput {
            instance_id: id.clone(),
            attribute: attribute.into(),
            ..Default::default()
        };
        let shown = world.account(|cx| DescribeInstanceAttribute::run(&input, cx)).unwrap();
        let shown = serde_json::to_value(shown).unwrap();
        assert_eq!(shown.pointer(path), Some(&expected), "{attribute}: {shown}");
        assert_eq!(shown.as_object().unwrap().len(), 2, "only what was asked for");
    }
    let none = ModifyInstanceAttributeInput { instance_id: id, ..Default::default() };
    assert!(world.account(|cx| ModifyInstanceAttribute::run(&none, cx)).is_err());
}

#[test]
fn the_console_is_asked_of_the_node() {
    let mut world = World::new();
    world.node("n1", "us-east-1a", 4, 8192);
    let (ran, waiting) = (world.run_to_running(), world.run_one("us-east-1b"));
    let answer = |id: &str, text: Option<&str>, world: &mut World| -> Result<(usize, Value), ServiceError> {
        let input: GetConsoleOutputInput = serde_json::from_value(json!({"InstanceId": id})).unwrap();
        world.account(|cx| {
            let needs = GetConsoleOutput::needs(&input, cx)?;
            let found = needs.iter().filter_map(|need| Some((need.clone(), Value::from(text?)))).collect();
            let output = GetConsoleOutput::run(&input, &Reader { found, ..Reader::clone(cx) })?;
            Ok((needs.len(), serde_json::to_value(output).unwrap()["Output"].clone()))
        })
    };
    assert_eq!(answer(&ran, Some("aGVsbG8="), &mut world).unwrap(), (1, Value::from("aGVsbG8=")));
    assert_eq!(answer(&ran, None, &mut world).unwrap(), (1, Value::Null));
    assert_eq!(answer(&waiting, None, &mut world).unwrap(), (0, Value::Null));
    assert_eq!(answer("i-0bad", None, &mut world).unwrap_err().code, "InvalidInstanceID.NotFound");
}
