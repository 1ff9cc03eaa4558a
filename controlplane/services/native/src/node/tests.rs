use super::*;
use crate::Region;
use crate::certificate::{Certificate, Role};
use crate::region::{DeclareRegion, DeclareRegionInput};
use crate::tests::{Tenant, context_with_region, system};
use controlplane_services_kernel::event::Event;
use controlplane_services_kernel::{Caller, Context, Operation, ServiceError};
use controlplane_types::Scope;

fn hello(node: &str, zone: &str) -> RegisterNodeInput {
    RegisterNodeInput {
        node: node.into(),
        boot_id: "boot-1".into(),
        agent_version: "0.1.0".into(),
        labels: [("zone".to_owned(), zone.to_owned()), ("rack".to_owned(), "r1".to_owned())].into(),
        capacity: Capacity { vcpus: 4, memory_mib: 8192, disk_mib: 100_000, allocatable: None },
        underlay_address: "127.0.0.1".into(),
        taints: Vec::new(),
    }
}

fn condition(node: &str, not_ready: Option<&str>, cx: &mut Context) -> Result<(), ServiceError> {
    let input = SetNodeConditionInput { node: node.into(), not_ready: not_ready.map(str::to_owned) };
    SetNodeCondition::run(&input, cx)
}

fn node<'c>(name: &str, cx: &'c Context) -> Option<&'c Node> {
    cx.view.get(&Node::key(&"us-east-1".into(), name))
}

fn reasons(cx: &Context) -> Vec<String> {
    cx.view.all::<Event>().map(|event| event.reason.clone()).collect()
}

/// A context over what `cx` left, to see what one more operation writes.
fn next(cx: &Context) -> Context {
    Context::new(cx.view.clone(), system(), cx.now, [2; 32])
}

#[test]
fn a_node_registers_and_the_same_hello_writes_nothing() {
    let mut cx = context_with_region();
    let output = RegisterNode::run(&hello("n1", "us-east-1a"), &mut cx).unwrap();
    assert_eq!(output, RegisterNodeOutput { created: true, rebooted: false });
    let found = node("n1", &cx).unwrap();
    assert_eq!((found.zone.as_str(), found.rack.as_str(), found.is_ready()), ("us-east-1a", "r1", true));
    let mut again = next(&cx);
    RegisterNode::run(&hello("n1", "us-east-1a"), &mut again).unwrap();
    assert!(again.into_changes().is_empty());
}

#[test]
fn what_changed_is_applied_and_told() {
    let mut cx = context_with_region();
    RegisterNode::run(&hello("n1", "us-east-1a"), &mut cx).unwrap();
    let mut moved = hello("n1", "us-east-1b");
    moved.labels.insert("rack".into(), "r9".into());
    RegisterNode::run(&moved, &mut cx).unwrap();
    assert_eq!(
        (node("n1", &cx).unwrap().zone.as_str(), node("n1", &cx).unwrap().rack.as_str()),
        ("us-east-1b", "r9")
    );
    moved.boot_id = "boot-2".into();
    assert!(RegisterNode::run(&moved, &mut cx).unwrap().rebooted);
    assert_eq!(reasons(&cx), ["Registered", "Changed", "Rebooted"]);
}

#[test]
fn hellos_that_cannot_be_right_are_refused() {
    type Spoil = fn(&mut RegisterNodeInput);
    let cases: &[(Spoil, &str)] = &[
        (|hello| hello.node = "a/b".into(), "node"),
        (|hello| hello.node = "".into(), "node"),
        (|hello| drop(hello.labels.remove("zone")), "zone"),
        (|hello| drop(hello.labels.insert("zone".into(), "us-east-1z".into())), "us-east-1z"),
        (|hello| drop(hello.labels.insert("region".into(), "eu-west-1".into())), "eu-west-1"),
        (|hello| hello.labels.extend((0..70).map(|n| (format!("k{n}"), String::new()))), "64 labels"),
        (|hello| drop(hello.labels.insert("x".into(), "\n".into())), "plain characters"),
        (|hello| hello.taints = vec!["dedicated".into()], "KEY[=VALUE]:EFFECT"),
        (|hello| hello.taints = vec!["a=1:NoSchedule".into(), "a=2:NoSchedule".into()], "duplicated taints"),
        (|hello| hello.taints = (0..33).map(|n| format!("k{n}:NoSchedule")).collect(), "32 taints"),
        (|hello| hello.capacity.vcpus = 0, "capacity"),
        (|hello| hello.underlay_address = "here".into(), "underlayAddress"),
    ];
    for (spoil, expected) in cases {
        let mut input = hello("n1", "us-east-1a");
        spoil(&mut input);
        let mut cx = context_with_region();
        let error = RegisterNode::run(&input, &mut cx).unwrap_err();
        assert!(error.message.contains(expected), "{expected}: {}", error.message);
        assert!(node("n1", &cx).is_none());
    }
}

#[test]
fn only_a_change_of_condition_is_written() {
    let mut cx = context_with_region();
    RegisterNode::run(&hello("n1", "us-east-1a"), &mut cx).unwrap();
    condition("n1", Some("the connection closed"), &mut cx).unwrap();
    assert!(
        matches!(&node("n1", &cx).unwrap().condition, Condition::NotReady { reason, .. } if reason.contains("closed"))
    );
    let mut again = next(&cx);
    condition("n1", Some("silence"), &mut again).unwrap();
    assert!(again.into_changes().is_empty());
    RegisterNode::run(&hello("n1", "us-east-1a"), &mut cx).unwrap();
    assert!(node("n1", &cx).unwrap().is_ready());
    assert_eq!(reasons(&cx), ["Registered", "NotReady", "Ready"]);
    assert_eq!(condition("n2", None, &mut cx).unwrap_err().code, "NodeNotFound");
}

#[test]
fn a_node_goes_only_when_it_is_away_and_empty() {
    let mut cx = context_with_region();
    RegisterNode::run(&hello("n1", "us-east-1a"), &mut cx).unwrap();
    let account = Caller::controller("123456789012".into(), "us-east-1".into(), "test");
    let mut cx = Context::new(cx.view.clone(), account, cx.now, [3; 32]);
    assert_eq!(delete("n1", &mut cx).unwrap_err().code, "NodeInUse");
    condition("n1", Some("gone"), &mut cx).unwrap();
    cx.put("tenant", Tenant { node: "n1".into() });
    assert!(delete("n1", &mut cx).unwrap_err().message.contains("1 instances"));
    let moved = RegisterNode::run(&hello("n1", "us-east-1b"), &mut cx).unwrap_err();
    assert!(moved.message.contains("us-east-1b"), "{}", moved.message);
    cx.delete::<Tenant>("tenant");
    delete("n1", &mut cx).unwrap();
    assert!(node("n1", &cx).is_none());
    assert_eq!(delete("n1", &mut cx).unwrap_err().code, "NodeNotFound");
}

#[test]
fn what_an_operator_says_outlives_hellos_and_is_written_once() {
    let mut cx = context_with_region();
    let say = |scheduling, cx: &mut Context| {
        SetNodeScheduling::run(&SetNodeSchedulingInput { node: "n1".into(), scheduling }, cx)
    };
    assert_eq!(say(Scheduling::Cordoned, &mut cx).unwrap_err().code, "NodeNotFound");
    RegisterNode::run(&hello("n1", "us-east-1a"), &mut cx).unwrap();
    say(Scheduling::Cordoned, &mut cx).unwrap();
    RegisterNode::run(&RegisterNodeInput { boot_id: "boot-2".into(), ..hello("n1", "us-east-1a") }, &mut cx)
        .unwrap();
    let found = node("n1", &cx).unwrap();
    assert_eq!(
        (found.scheduling(), found.is_ready(), found.takes_work()),
        (Scheduling::Cordoned, true, false)
    );
    let mut again = next(&cx);
    say(Scheduling::Cordoned, &mut again).unwrap();
    assert!(again.into_changes().is_empty());
    say(Scheduling::Draining, &mut cx).unwrap();
    assert!(node("n1", &cx).unwrap().is_draining());
    say(Scheduling::Open, &mut cx).unwrap();
    assert!(node("n1", &cx).unwrap().takes_work());
    assert_eq!(reasons(&cx), ["Registered", "Cordoned", "Rebooted", "Draining", "Open"]);
}

#[test]
fn a_node_leaves_when_it_is_cordoned_and_empty_and_takes_its_certificates_along() {
    let mut cx = context_with_region();
    let leave = |cx: &mut Context| RemoveNode::run(&RemoveNodeInput { node: "n1".into() }, cx);
    assert_eq!(leave(&mut cx).unwrap_err().code, "NodeNotFound");
    RegisterNode::run(&hello("n1", "us-east-1a"), &mut cx).unwrap();
    let certificate = |role| Certificate {
        role,
        name: "n1".into(),
        not_before: cx.now,
        not_after: cx.now,
        revoked_at: None,
    };
    let (agents, others) = (certificate(Role::Agent), certificate(Role::Dns));
    cx.put("01", agents);
    cx.put("02", others);
    assert!(leave(&mut cx).unwrap_err().message.contains("takes new instances"));
    let input = SetNodeSchedulingInput { node: "n1".into(), scheduling: Scheduling::Cordoned };
    SetNodeScheduling::run(&input, &mut cx).unwrap();
    cx.put("tenant", Tenant { node: "n1".into() });
    assert!(leave(&mut cx).unwrap_err().message.contains("1 instances"));
    cx.delete::<Tenant>("tenant");
    leave(&mut cx).unwrap();
    assert!(node("n1", &cx).is_none());
    let revoked = |serial| Certificate::is_revoked(&cx.view, &cx.caller.region, serial);
    assert_eq!((revoked("01"), revoked("02")), (true, false));
}

#[test]
fn what_a_node_offers_is_what_it_said_last() {
    let mut cx = context_with_region();
    RegisterNode::run(&hello("n1", "us-east-1a"), &mut cx).unwrap();
    let all = node("n1", &cx).unwrap().capacity.allocatable();
    assert_eq!((all.cpu_millis, all.memory_mib), (4000, 8192), "an agent that says nothing offers all");
    for (cpu_millis, memory_mib) in [(3500, 7936), (64_000, 12_288)] {
        let mut again = hello("n1", "us-east-1a");
        again.capacity.allocatable = Some(Allocatable { cpu_millis, memory_mib });
        RegisterNode::run(&again, &mut cx).unwrap();
        let found = node("n1", &cx).unwrap().capacity;
        assert_eq!(found.allocatable(), Allocatable { cpu_millis, memory_mib });
        assert_eq!((found.vcpus, found.memory_mib), (4, 8192));
    }
    let mut nothing = hello("n1", "us-east-1a");
    nothing.capacity.allocatable = Some(Allocatable { cpu_millis: 0, memory_mib: 1 });
    let error = RegisterNode::run(&nothing, &mut cx).unwrap_err();
    assert!(error.message.contains("capacity.allocatable"), "{error:?}");
}

mod saying;

#[test]
fn a_node_stands_in_the_region_of_its_zone_and_has_its_name_alone() {
    let mut cx = context_with_region();
    let further = DeclareRegionInput {
        name: "eu-west-1".into(),
        zones: vec!["eu-west-1a".into()],
        public_addresses: Region::DEFAULT_PUBLIC_ADDRESSES,
        accounts: vec!["123456789012".into()],
        is_further: true,
    };
    DeclareRegion::run(&further, &mut cx).unwrap();
    let mut every = hello("every", "*");
    RegisterNode::run(&every, &mut cx).unwrap();
    RegisterNode::run(&hello("n1", "eu-west-1a"), &mut cx).unwrap();
    let region = |name: &str, cx: &Context| Node::region(&cx.view, name).map(|region| region.to_string());
    assert_eq!(region("every", &cx).as_deref(), Some("us-east-1"), "who names nothing is the home region's");
    assert_eq!(region("n1", &cx).as_deref(), Some("eu-west-1"));
    every.labels.insert("region".into(), "eu-west-1".into());
    RegisterNode::run(&every, &mut cx).unwrap();
    assert_eq!(region("every", &cx).as_deref(), Some("eu-west-1"));
    assert_eq!(cx.view.all::<Node>().count(), 2, "who moved is no longer where it was");
    // Operators need not say where a node stands.
    let input = SetNodeSchedulingInput { node: "n1".into(), scheduling: Scheduling::Cordoned };
    SetNodeScheduling::run(&input, &mut cx).unwrap();
    let told = cx.view.all::<Event>().find(|event| event.reason == "Cordoned").map(|event| event.key.scope());
    assert_eq!(told, Some(Scope::Region("eu-west-1".into())));
    // Nor does what is placed on it come along.
    cx.put("tenant", Tenant { node: "n1".into() });
    let error = RegisterNode::run(&hello("n1", "us-east-1a"), &mut cx).unwrap_err();
    assert_eq!(error.code, "NodeInUse");
    every.labels.insert("region".into(), "sa-east-1".into());
    let error = RegisterNode::run(&every, &mut cx).unwrap_err();
    assert!(error.message.contains("us-east-1, eu-west-1"), "{}", error.message);
}
