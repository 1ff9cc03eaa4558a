//! Members that are not what they should be are replaced by new ones.

use crate::tests::{World, text};
use controlplane_services_native::node::Scheduling;
use serde_json::{Value, json};

/// Does something to one of two members and lets the region come to rest; answers the member and how many of the first
/// two are left in service beside the new ones.
fn replaced(act: impl FnOnce(&mut World, &str)) -> (World, String) {
    let mut world = World::with_group(2);
    let before = world.in_service();
    world.pass(10);
    act(&mut world, &before[0]);
    world.run();
    let after = world.in_service();
    assert_eq!(after.len(), 2);
    assert!(!after.contains(&before[0]) && after.contains(&before[1]), "{before:?} {after:?}");
    assert_eq!(world.balance(), (1, 1));
    assert!(!world.round(), "settled again");
    (world, before[0].clone())
}

fn cause_of_end(world: &mut World, id: &str) -> String {
    let is_end =
        |activity: &&Value| text(&activity["Description"]) == format!("Terminating EC2 instance: {id}");
    let activities = world.activities();
    let activity = activities.iter().find(is_end).expect("an activity");
    assert_eq!(activity["StatusCode"], "Successful");
    text(&activity["Cause"])
}

#[test]
fn one_whose_first_process_ended() {
    let (mut world, id) = replaced(World::exits);
    assert!(cause_of_end(&mut world, &id).contains("first process has ended"));
}

#[test]
fn one_that_somebody_terminated() {
    replaced(|world, id| {
        world.ok("TerminateInstances", json!({"InstanceIds": [id]}));
    });
}

#[test]
fn one_that_somebody_stopped() {
    let (mut world, id) = replaced(|world, id| {
        world.ok("StopInstances", json!({"InstanceIds": [id]}));
    });
    assert!(cause_of_end(&mut world, &id).contains("it was stopped"));
}

#[test]
fn one_that_is_protected_from_the_api() {
    replaced(|world, id| {
        let on = json!({"InstanceId": id, "DisableApiTermination": {"Value": true}});
        world.ok("ModifyInstanceAttribute", on);
        world.exits(id);
    });
}

#[test]
fn one_declared_unhealthy() {
    let (mut world, id) = replaced(|world, id| {
        world.ok("SetInstanceHealth", json!({"InstanceId": id, "HealthStatus": "Unhealthy"}));
    });
    assert!(cause_of_end(&mut world, &id).contains("declared unhealthy"));
    assert!(world.record("web").unhealthy.is_empty(), "forgotten with the member");
}

#[test]
fn one_taken_out_by_request() {
    let (mut world, id) = replaced(|world, id| {
        let input = json!({"InstanceId": id, "ShouldDecrementDesiredCapacity": false});
        let activity = world.ok("TerminateInstanceInAutoScalingGroup", input.clone())["Activity"].clone();
        assert_eq!((&activity["StatusCode"], &activity["Progress"]), (&json!("InProgress"), &json!(50)));
        let again = world.fails("TerminateInstanceInAutoScalingGroup", input);
        assert!(again.contains("ScalingActivityInProgress"), "{again}");
    });
    assert!(cause_of_end(&mut world, &id).contains("user request"));
    let gone = world.fails("SetInstanceHealth", json!({"InstanceId": id, "HealthStatus": "Healthy"}));
    assert!(gone.contains("Instance Id not found"), "{gone}");
}

#[test]
fn or_not_replaced_when_the_request_says_so() {
    let mut world = World::with_group(2);
    let ids = world.in_service();
    let input = |id: &str| json!({"InstanceId": id, "ShouldDecrementDesiredCapacity": true});
    world.ok("TerminateInstanceInAutoScalingGroup", input(&ids[0]));
    assert!(
        world
            .fails("TerminateInstanceInAutoScalingGroup", input(&ids[0]))
            .contains("ScalingActivityInProgress")
    );
    world.run();
    assert_eq!(world.in_service(), ids[1..]);
    world.ok("UpdateAutoScalingGroup", json!({"AutoScalingGroupName": "web", "MinSize": 1}));
    let error = world.fails("TerminateInstanceInAutoScalingGroup", input(&ids[1]));
    assert!(error.contains("desiredSize equals minSize (1)"), "{error}");
}

#[test]
fn those_on_a_node_that_went_away() {
    let mut world = World::with_group(4);
    world.node("a2", "us-east-1a");
    world.node_goes_away("a1");
    world.run();
    assert_eq!(world.balance(), (2, 2), "the zone has another node");
    let on = |world: &mut World, node: &str| {
        let ids = world.in_service();
        ids.iter().filter(|id| world.instance(id).node.as_deref() == Some(node)).count()
    };
    assert_eq!((on(&mut world, "a1"), on(&mut world, "a2")), (0, 2));
    assert!(!world.round());
}

#[test]
fn a_dead_zone_is_replaced_in_another() {
    let mut world = World::with_group(4);
    world.node_goes_away("a1");
    world.run();
    assert_eq!(world.balance(), (0, 4));
    world.node("a1", "us-east-1a");
    world.run();
    assert_eq!(world.balance(), (0, 4), "not moved back for balance alone");
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 8}));
    world.run();
    assert_eq!(world.balance(), (4, 4));
}

#[test]
fn a_young_member_has_its_grace() {
    let mut world = World::with_nodes();
    world.create("web", json!({"DesiredCapacity": 1, "HealthCheckGracePeriod": 60}));
    world.run();
    let id = world.in_service().remove(0);
    world.ok("SetInstanceHealth", json!({"InstanceId": id, "HealthStatus": "Unhealthy"}));
    world.run();
    assert_eq!(world.in_service(), std::slice::from_ref(&id));
    world.ok("SetInstanceHealth", json!({"InstanceId": id, "HealthStatus": "Healthy"}));
    world.pass(61);
    world.run();
    assert_eq!(world.in_service(), std::slice::from_ref(&id), "declared healthy again");
    world.ok("SetInstanceHealth", json!({"InstanceId": id, "HealthStatus": "Unhealthy"}));
    world.run();
    let next = world.in_service().remove(0);
    assert_ne!(next, id, "its grace is over");
    let at_once = json!({"InstanceId": next, "HealthStatus": "Unhealthy", "ShouldRespectGracePeriod": false});
    world.ok("SetInstanceHealth", at_once);
    world.run();
    assert!(!world.in_service().contains(&next));
}

#[test]
fn grace_ends_by_itself() {
    let mut world = World::with_nodes();
    world.create("web", json!({"DesiredCapacity": 1, "HealthCheckGracePeriod": 60}));
    world.run();
    let id = world.in_service().remove(0);
    world.ok("SetInstanceHealth", json!({"InstanceId": id, "HealthStatus": "Unhealthy"}));
    let key = world.reader().key::<crate::AutoScalingGroup>("web");
    let entry = crate::SERVICE.controllers.iter().find(|entry| entry.name == "auto-scaling").unwrap();
    let plan = (entry.plan)(&world.view, &key, world.now);
    let started = world.instance(&id).started_at.unwrap();
    assert!(plan.intents.is_empty());
    assert_eq!(plan.next_wake, Some(started + std::time::Duration::from_secs(60)));
    world.pass(61);
    world.run();
    assert!(!world.in_service().contains(&id));
}

fn on(world: &mut World, node: &str) -> usize {
    let ids = world.in_service();
    ids.iter().filter(|id| world.instance(id).node.as_deref() == Some(node)).count()
}

#[test]
fn those_on_a_node_that_is_drained_once_others_serve() {
    let mut world = World::with_group(4);
    world.node("a2", "us-east-1a");
    world.schedule("a1", Scheduling::Draining);
    let mut most = 0;
    loop {
        let before = world.entries;
        world.round();
        world.report();
        let serving = world.in_service().len();
        assert!(serving >= 4, "{serving} serve in the middle of a drain");
        most = most.max(serving);
        if world.entries == before {
            break;
        }
    }
    assert_eq!((most, world.in_service().len()), (5, 4), "one at a time");
    assert_eq!((on(&mut world, "a1"), on(&mut world, "a2"), world.balance()), (0, 2, (2, 2)));
    assert!(!world.round(), "settled");
    world.schedule("a1", Scheduling::Open);
    assert!(!world.round(), "nothing moves back");
}

#[test]
fn a_drain_without_room_elsewhere_ends_nothing() {
    let mut world = World::with_group(4);
    world.schedule("b1", Scheduling::Cordoned);
    world.schedule("a1", Scheduling::Draining);
    let before = world.in_service();
    world.run();
    assert_eq!(world.in_service(), before, "a successor waits for room, and nobody ends meanwhile");
    world.schedule("a1", Scheduling::Open);
    world.run();
    assert_eq!(world.in_service().len(), 4, "the successor is surplus once the drain is called off");
    assert!(!world.round());
}

#[test]
fn a_cordon_moves_nothing_and_takes_nothing() {
    let mut world = World::with_group(4);
    world.schedule("a1", Scheduling::Cordoned);
    assert!(!world.round());
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 6}));
    world.run();
    assert_eq!((on(&mut world, "a1"), on(&mut world, "b1")), (2, 4));
}
