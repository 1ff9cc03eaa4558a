//! How far a group shrinks and grows while members of it are replaced.

use crate::auto_scaling_group::maintenance::Bounds;
use crate::auto_scaling_group::{AutoScalingGroup, MaintenancePolicy};
use crate::tests::{World, text};
use controlplane_services_native::node::Scheduling;
use serde_json::{Value, json};

fn policy(min: i64, max: i64) -> Value {
    json!({"InstanceMaintenancePolicy": {"MinHealthyPercentage": min, "MaxHealthyPercentage": max}})
}

fn update(world: &mut World, more: Value) -> Value {
    let mut input = json!({"AutoScalingGroupName": "web"});
    crate::tests::join(&mut input, more);
    world.ok("UpdateAutoScalingGroup", input)
}

#[test]
fn percentages_become_numbers() {
    let mut world = World::with_nodes();
    world.create("web", json!({"DesiredCapacity": 0}));
    let group = world.record("web");
    // Desired, policy; least in service, most, and whether somebody ill serves on.
    for (desired, policy, least, most, ill_serve_on) in [
        (4, None, 4, 5, false),
        (40, None, 40, 44, false),
        (0, None, 0, 1, false),
        (10, Some((90, 110)), 9, 11, true),
        (10, Some((100, 200)), 10, 20, true),
        (10, Some((50, 100)), 5, 10, false),
        (3, Some((50, 100)), 2, 3, false),
        (10, Some((0, 100)), 0, 10, false),
        // Nothing could be replaced: the successor starts first.
        (10, Some((100, 100)), 10, 11, true),
        (3, Some((90, 110)), 3, 4, true),
    ] {
        let maintenance_policy =
            policy.map(|(min_healthy, max_healthy)| MaintenancePolicy { min_healthy, max_healthy });
        let group = AutoScalingGroup { desired_capacity: desired, maintenance_policy, ..group.clone() };
        assert_eq!(Bounds::of(&group), Bounds { least, most, ill_serve_on }, "{desired} {policy:?}");
    }
}

#[test]
fn a_policy_is_set_shown_and_cleared() {
    let mut world = World::with_nodes();
    world.create("web", policy(90, 120));
    let shown = json!({"MinHealthyPercentage": 90, "MaxHealthyPercentage": 120});
    assert_eq!(world.group("web")["InstanceMaintenancePolicy"], shown);
    update(&mut world, json!({"MaxSize": 9}));
    assert_eq!(world.group("web")["InstanceMaintenancePolicy"], shown, "what is not said stays");
    update(&mut world, policy(-1, -1));
    assert!(world.group("web").get("InstanceMaintenancePolicy").is_none());
}

#[test]
fn policies_that_cannot_be_are_refused() {
    let mut world = World::with_nodes();
    let only = json!({"InstanceMaintenancePolicy": {"MinHealthyPercentage": 90}});
    for (given, expected) in [
        (only, "must both be specified"),
        (policy(-1, 110), "must be specified for both"),
        (policy(90, 99), "MaxHealthyPercentage: 99 is not from 100 to 200"),
        (policy(50, 160), "cannot be greater than 100"),
    ] {
        let input = world.new_group("web", given);
        let error = world.fails("CreateAutoScalingGroup", input);
        assert!(error.contains("ValidationError") && error.contains(expected), "{expected}: {error}");
    }
}

/// Drains the node of half of four members, step by step; the fewest in service and the most members there were.
fn drained(more: Value) -> (usize, usize) {
    let mut world = World::with_nodes();
    world.node("a2", "us-east-1a");
    let mut input = json!({"DesiredCapacity": 4});
    crate::tests::join(&mut input, more);
    world.create("web", input);
    world.run();
    let on_a1: Vec<String> = on(&mut world, "a1");
    assert!(!on_a1.is_empty());
    world.schedule("a1", Scheduling::Draining);
    let (mut least, mut most) = (usize::MAX, 0);
    loop {
        let before = world.entries;
        world.round();
        let healthy = world.members("HealthStatus", "Healthy");
        let there = healthy.iter().filter(|id| world.instance(id).state.as_str() != "shutting-down").count();
        least = least.min(world.in_service().len());
        most = most.max(there);
        world.report();
        if world.entries == before {
            break;
        }
    }
    assert_eq!((on(&mut world, "a1").len(), world.in_service().len()), (0, 4));
    (least, most)
}

fn on(world: &mut World, node: &str) -> Vec<String> {
    let ids = world.in_service();
    ids.into_iter().filter(|id| world.instance(id).node.as_deref() == Some(node)).collect()
}

#[test]
fn a_drain_stays_within_the_bounds() {
    for (more, least, most) in
        [(json!({}), 4, 5), (policy(100, 100), 4, 5), (policy(75, 100), 3, 4), (policy(100, 200), 4, 5)]
    {
        let found = drained(more.clone());
        assert!(found.0 >= least && found.1 <= most, "{more}: {found:?}");
        let ends_first = least < 4;
        assert_eq!(ends_first, found.0 < 4, "{more}: {found:?}");
    }
}

#[test]
fn a_no_execute_taint_moves_members_as_a_drain_does() {
    let mut world = World::with_group(4);
    world.node("a2", "us-east-1a");
    world.taint("a1", "maintenance:NoExecute");
    loop {
        let before = world.entries;
        world.round();
        world.report();
        assert!(world.in_service().len() >= 4);
        if world.entries == before {
            break;
        }
    }
    assert_eq!((on(&mut world, "a1").len(), world.balance()), (0, (2, 2)));
    let caused =
        |activity: &Value| text(&activity["Cause"]).contains("has a taint that it does not tolerate");
    assert_eq!(world.activities().iter().filter(|activity| caused(activity)).count(), 2);
}

#[test]
fn a_zone_whose_nodes_are_tainted_gets_nobody() {
    let mut world = World::with_group(4);
    world.taint("a1", "maintenance:NoExecute");
    world.run();
    assert_eq!(world.balance(), (0, 4), "the other zone takes them, as in a drain");
    let selector =
        json!({"Key": "hearth:node-selector/zone", "Value": "us-east-1b", "PropagateAtLaunch": true});
    let mut world = World::with_nodes();
    world.create("web", json!({"DesiredCapacity": 4, "Tags": [selector]}));
    world.run();
    assert_eq!(world.balance(), (0, 4));
}

#[test]
fn members_that_tolerate_a_taint_stay() {
    let mut world = World::with_nodes();
    let tag = json!({"Key": "hearth:toleration/maintenance", "Value": "", "PropagateAtLaunch": true});
    world.create("web", json!({"DesiredCapacity": 4, "Tags": [tag]}));
    world.run();
    world.taint("a1", "maintenance:NoExecute");
    assert!(!world.round());
    let wrong = json!([{"Key": "hearth:toleration/x", "Value": "a:Never", "PropagateAtLaunch": true}]);
    let input = world.new_group("other", json!({"Tags": wrong}));
    assert!(world.fails("CreateAutoScalingGroup", input).contains("neither NoSchedule nor NoExecute"));
}

#[test]
fn somebody_ill_serves_on_until_the_successor_does_if_the_policy_lets_it() {
    for (more, ended_at_once) in [(json!({}), true), (policy(50, 100), true), (policy(100, 110), false)] {
        let mut world = World::with_nodes();
        let mut input = json!({"DesiredCapacity": 2});
        crate::tests::join(&mut input, more.clone());
        world.create("web", input);
        world.run();
        let id = world.in_service().remove(0);
        world.pass(10);
        world.ok("SetInstanceHealth", json!({"InstanceId": id, "HealthStatus": "Unhealthy"}));
        world.round();
        let gone = world.instance(&id).state.as_str() == "shutting-down";
        assert_eq!(gone, ended_at_once, "{more}");
        world.run();
        assert!(!world.in_service().contains(&id) && world.in_service().len() == 2, "{more}");
        assert!(!world.round(), "settled");
    }
}

#[test]
fn somebody_whose_process_ended_serves_no_one_and_goes_at_once() {
    let mut world = World::with_nodes();
    let mut input = json!({"DesiredCapacity": 2});
    crate::tests::join(&mut input, policy(100, 110));
    world.create("web", input);
    world.run();
    let id = world.in_service().remove(0);
    world.exits(&id);
    world.round();
    assert_eq!(world.instance(&id).state.as_str(), "shutting-down");
}
