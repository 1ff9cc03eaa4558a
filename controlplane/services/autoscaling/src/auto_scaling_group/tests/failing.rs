//! Launches that fail: told, waited for longer and longer, and over as soon as they can succeed.

use crate::tests::{World, text};
use serde_json::{Value, json};

fn failures(world: &mut World) -> Vec<Value> {
    world.activities().into_iter().filter(|activity| activity["StatusCode"] == "Failed").collect()
}

#[test]
fn a_failure_is_told_once_and_tried_again_after_a_growing_wait() {
    let mut world = World::with_nodes();
    world.create("web", json!({"DesiredCapacity": 2}));
    let template = world.group("web")["LaunchTemplate"]["LaunchTemplateId"].clone();
    world.ok("DeleteLaunchTemplate", json!({"LaunchTemplateId": template}));
    let mut waits = Vec::new();
    for attempt in 1..=12 {
        world.settle();
        assert_eq!(failures(&mut world).len(), attempt);
        let retry = world.record("web").retry.unwrap();
        assert_eq!(retry.failures as usize, attempt);
        let wait = retry.at.since(world.now).as_secs();
        waits.push(wait);
        world.pass(wait);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    let failure = failures(&mut world).remove(0);
    let message = text(&failure["StatusMessage"]);
    assert!(message.ends_with("Launching EC2 instance failed.") && !message.contains(".."), "{message}");
    assert!(text(&failure["Description"]).starts_with("Launching a new EC2 instance.  Status Reason: "));
    world.template("again", json!({}));
    let again = json!({"LaunchTemplateName": "again"});
    world.ok("UpdateAutoScalingGroup", json!({"AutoScalingGroupName": "web", "LaunchTemplate": again}));
    world.run();
    assert_eq!(
        (world.balance(), world.record("web").retry),
        ((1, 1), None),
        "a change of the group ends the waiting"
    );
}

#[test]
fn it_recovers_by_itself_when_the_reason_goes() {
    let mut world = World::with_nodes();
    let subnet = world.small_subnet("us-east-1a", "172.31.64.0/28");
    let mut taken = Vec::new();
    for _ in 0..11 {
        let interface = world.ok("CreateNetworkInterface", json!({"SubnetId": subnet}));
        taken.push(text(&interface["NetworkInterface"]["NetworkInterfaceId"]));
    }
    world.create("web", json!({"VPCZoneIdentifier": subnet, "DesiredCapacity": 2}));
    world.run();
    assert_eq!((world.in_service().len(), failures(&mut world).len()), (0, 1));
    world.ok("DeleteNetworkInterface", json!({"NetworkInterfaceId": taken[0]}));
    world.run();
    assert_eq!(world.in_service().len(), 0, "it waits");
    world.pass(1);
    world.run();
    assert_eq!(world.in_service().len(), 1, "as many as there are addresses for");
    world.ok("DeleteNetworkInterface", json!({"NetworkInterfaceId": taken[1]}));
    world.pass(300);
    world.run();
    assert_eq!((world.in_service().len(), world.record("web").retry), (2, None));
    assert!(!world.round());
}

#[test]
fn a_full_subnet_is_passed_over_for_another() {
    let mut world = World::with_nodes();
    let small = world.small_subnet("us-east-1a", "172.31.64.0/28");
    let subnets = format!("{small},{}", world.subnet("us-east-1b"));
    world.ok("CreateNetworkInterface", json!({"SubnetId": small, "SecondaryPrivateIpAddressCount": 9}));
    world.create("web", json!({"VPCZoneIdentifier": subnets, "DesiredCapacity": 6}));
    world.run();
    assert_eq!((world.balance(), world.record("web").retry), ((1, 5), None));
    assert!(!world.round());
}

#[test]
fn a_subnet_that_is_gone_is_told() {
    let mut world = World::with_nodes();
    let small = world.small_subnet("us-east-1a", "172.31.64.0/28");
    world.create("web", json!({"VPCZoneIdentifier": small}));
    world.ok("DeleteSubnet", json!({"SubnetId": small}));
    world.ok("SetDesiredCapacity", json!({"AutoScalingGroupName": "web", "DesiredCapacity": 1}));
    world.run();
    assert!(text(&failures(&mut world)[0]["StatusMessage"]).contains(&small));
}

#[test]
fn failing_does_not_keep_a_group_from_anything_else() {
    let mut world = World::with_group(2);
    let template = world.group("web")["LaunchTemplate"]["LaunchTemplateId"].clone();
    world.ok("DeleteLaunchTemplate", json!({"LaunchTemplateId": template}));
    let ids = world.in_service();
    world.exits(&ids[0]);
    world.run();
    assert_eq!(world.in_service(), ids[1..], "the sick one is gone although none takes its place");
    world.ok("DeleteAutoScalingGroup", json!({"AutoScalingGroupName": "web", "ForceDelete": true}));
    world.run();
    assert_eq!(world.ok("DescribeAutoScalingGroups", json!({}))["AutoScalingGroups"], json!([]));
}
