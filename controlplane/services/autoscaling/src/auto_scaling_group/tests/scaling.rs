//! How many there are, and where.

use crate::tests::{World, text};
use serde_json::json;

#[test]
fn a_new_group_fills_itself_over_zones_and_rests() {
    let mut world = World::with_nodes();
    world.create("web", json!({"MinSize": 5}));
    let before = world.entries;
    world.run();
    assert_eq!(world.balance(), (3, 2));
    assert_eq!(world.entries - before, 3, "started where there is room, and one report of each node");
    assert!(!world.round(), "a settled group plans nothing");
    let ids = world.in_service();
    world.pass(86_400);
    world.run();
    assert_eq!(world.in_service(), ids, "and time alone changes nothing");
    assert!(!world.round());
}

#[test]
fn capacity_follows_what_is_desired() {
    let mut world = World::with_group(2);
    for (desired, balance) in [(6, (3, 3)), (3, (2, 1)), (3, (2, 1)), (0, (0, 0)), (1, (1, 0))] {
        world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": desired}));
        world.run();
        let found = world.balance();
        assert!(found == balance || found == (balance.1, balance.0), "{desired}: {found:?}");
    }
}

#[test]
fn bounds_pull_the_desired_capacity_along() {
    let mut world = World::with_group(4);
    for (bounds, desired) in [
        (json!({"MaxSize": 3}), 3),
        (json!({"MinSize": 1}), 3),
        (json!({"MinSize": 5, "MaxSize": 5}), 5),
        (json!({"MinSize": 0, "MaxSize": 9, "DesiredCapacity": 2}), 2),
    ] {
        let mut input = json!({"AutoScalingGroupName": "web"});
        crate::tests::join(&mut input, bounds.clone());
        world.ok("UpdateAutoScalingGroup", input);
        world.run();
        assert_eq!(world.in_service().len(), desired, "{bounds}");
    }
}

#[test]
fn the_oldest_of_the_fullest_zone_goes_first() {
    let mut world = World::with_nodes();
    world.create("web", json!({}));
    let mut started = Vec::new();
    for desired in 1..=3 {
        world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": desired}));
        world.run();
        started.extend(world.in_service().into_iter().filter(|id| !started.contains(id)).collect::<Vec<_>>());
        world.pass(60);
    }
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 2}));
    world.run();
    let mut left = started[1..].to_vec();
    left.sort();
    assert_eq!(world.in_service(), left);
}

#[test]
fn what_does_not_run_yet_goes_before_what_runs() {
    let mut world = World::with_group(2);
    let running = world.in_service();
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 4}));
    world.settle();
    assert_eq!(world.members("LifecycleState", "Pending").len(), 2);
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 2}));
    world.run();
    assert_eq!(world.in_service(), running);
}

#[test]
fn a_zone_the_group_left_is_emptied_first() {
    let mut world = World::with_group(4);
    let only = world.subnet("us-east-1b");
    world.ok("UpdateAutoScalingGroup", json!({"AutoScalingGroupName": "web", "VPCZoneIdentifier": only}));
    world.run();
    assert_eq!(world.balance(), (2, 2), "not moved for balance alone");
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 2}));
    world.run();
    assert_eq!(world.balance(), (0, 2));
}

#[test]
fn a_new_template_version_counts_for_new_instances_only() {
    let mut world = World::with_group(1);
    let template = world.group("web")["LaunchTemplate"]["LaunchTemplateId"].clone();
    let data = json!({"InstanceType": "t3.micro"});
    world.ok(
        "CreateLaunchTemplateVersion",
        json!({"LaunchTemplateId": template, "SourceVersion": "1", "LaunchTemplateData": data}),
    );
    let latest = json!({"LaunchTemplateId": template, "Version": "$Latest"});
    world.ok(
        "UpdateAutoScalingGroup",
        json!({"AutoScalingGroupName": "web", "LaunchTemplate": latest, "DesiredCapacity": 2}),
    );
    world.run();
    let group = world.group("web");
    let mut made: Vec<String> = group["Instances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| {
            format!("{} {}", text(&member["LaunchTemplate"]["Version"]), text(&member["InstanceType"]))
        })
        .collect();
    made.sort();
    assert_eq!(made, ["1 t3.nano", "2 t3.micro"]);
}

#[test]
fn the_group_decides_where_whatever_the_template_says() {
    let mut world = World::with_nodes();
    let elsewhere = world.subnet("us-east-1a");
    let interface = json!({"DeviceIndex": 0, "SubnetId": elsewhere, "AssociatePublicIpAddress": true});
    let placement = json!({"AvailabilityZone": "us-east-1a"});
    world.template("placed", json!({"NetworkInterfaces": [interface], "Placement": placement}));
    let subnet = world.subnet("us-east-1b");
    world.create("web", json!({"LaunchTemplate": {"LaunchTemplateName": "placed"}, "VPCZoneIdentifier": subnet, "DesiredCapacity": 2}));
    world.run();
    assert_eq!(world.balance(), (0, 2));
}

#[test]
fn deletion_waits_for_instances_or_ends_them() {
    let mut world = World::with_group(2);
    world.ok("DeleteAutoScalingGroup", json!({"AutoScalingGroupName": "web", "ForceDelete": true}));
    assert_eq!(world.group("web")["Status"], "Delete in progress");
    for (action, more) in [
        ("UpdateAutoScalingGroup", json!({"MinSize": 1})),
        ("SetDesiredCapacity", json!({"DesiredCapacity": 1})),
    ] {
        let mut input = json!({"AutoScalingGroupName": "web"});
        crate::tests::join(&mut input, more);
        assert!(world.fails(action, input).contains("pending delete"));
    }
    world.run();
    assert_eq!(world.ok("DescribeAutoScalingGroups", json!({}))["AutoScalingGroups"], json!([]));
    assert_eq!(world.ok("DescribeScalingActivities", json!({}))["Activities"], json!([]));
    assert!(!world.round());
    world.create("web", json!({"DesiredCapacity": 1}));
    world.run();
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 0}));
    world.run();
    world.ok("DeleteAutoScalingGroup", json!({"AutoScalingGroupName": "web"}));
    assert_eq!(world.ok("DescribeAutoScalingGroups", json!({}))["AutoScalingGroups"], json!([]));
}
