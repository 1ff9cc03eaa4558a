//! What requests are refused, and what answers show.

use crate::auto_scaling_group::validate::MAX_NAME;
use crate::tests::{World, text};
use serde_json::{Value, json};

#[test]
fn what_cannot_be_a_group_is_refused_by_field() {
    let mut world = World::with_nodes();
    world.create("taken", json!({}));
    world.template("imageless", json!({"ImageId": null}));
    world.template(
        "single",
        json!({"NetworkInterfaces": [{"DeviceIndex": 0, "PrivateIpAddress": "172.31.0.9"}]}),
    );
    let (a, b) = (world.subnet("us-east-1a"), world.subnet("us-east-1b"));
    let vpc = text(&world.ok("CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}))["Vpc"]["VpcId"]);
    let other = world.ok("CreateSubnet", json!({"VpcId": vpc, "CidrBlock": "10.0.0.0/24"}));
    let other = text(&other["Subnet"]["SubnetId"]);
    let template = |name: &str| json!({"LaunchTemplateName": name});
    let tag = |more: Value| {
        let mut tag = json!({"Key": "k", "Value": "v"});
        crate::tests::join(&mut tag, more);
        json!({"Tags": [tag]})
    };
    let twice = json!({"Key": "k", "Value": "v"});
    for (name, more, expected) in [
        ("taken", json!({}), "AlreadyExists"),
        ("a/b", json!({}), "AutoScalingGroupName"),
        ("a:b", json!({}), "AutoScalingGroupName"),
        (&"x".repeat(MAX_NAME + 1), json!({}), "AutoScalingGroupName"),
        ("g", json!({"MinSize": -1}), "MinSize"),
        ("g", json!({"MaxSize": 10_001}), "MaxSize"),
        (
            "g",
            json!({"MinSize": 3, "MaxSize": 2}),
            "Max bound, 2, must be greater than or equal to min bound, 3",
        ),
        ("g", json!({"MinSize": 2, "DesiredCapacity": 1}), "Desired capacity:1 must be between"),
        ("g", json!({"DesiredCapacity": 11}), "Desired capacity:11 must be between"),
        ("g", json!({"LaunchTemplate": null}), "LaunchTemplate"),
        ("g", json!({"LaunchTemplate": template("none")}), "launch template"),
        ("g", json!({"LaunchTemplate": {"LaunchTemplateName": "web", "Version": "9"}}), "version"),
        ("g", json!({"LaunchTemplate": template("imageless")}), "names no image"),
        ("g", json!({"LaunchTemplate": template("single")}), "only one instance can have"),
        ("g", json!({"VPCZoneIdentifier": null}), "At least one Availability Zone or VPC Subnet is required"),
        ("g", json!({"VPCZoneIdentifier": "subnet-0"}), "'subnet-0' does not exist"),
        ("g", json!({"VPCZoneIdentifier": format!("{a},{a}")}), "given twice"),
        ("g", json!({"VPCZoneIdentifier": format!("{a},{other}")}), "not all in one VPC"),
        ("g", json!({"AvailabilityZones": ["us-east-1a"]}), &format!("{b} is in none of the given")),
        (
            "g",
            json!({"VPCZoneIdentifier": null, "AvailabilityZones": ["us-east-1z"]}),
            "Invalid availability zone",
        ),
        ("g", json!({"HealthCheckType": "ELB"}), "HealthCheckType"),
        ("g", json!({"HealthCheckGracePeriod": -1}), "HealthCheckGracePeriod"),
        ("g", tag(json!({"Key": "aws:k"})), "reserved"),
        ("g", tag(json!({"Key": ""})), "Key"),
        ("g", tag(json!({"ResourceId": "other"})), "ResourceId"),
        ("g", tag(json!({"ResourceType": "instance"})), "ResourceType"),
        ("g", json!({"Tags": [twice, twice]}), "given twice"),
        (
            "g",
            json!({"MixedInstancesPolicy": {"InstancesDistribution": {"OnDemandBaseCapacity": 1}}}),
            "MixedInstancesPolicy",
        ),
        ("g", json!({"DefaultInstanceWarmup": 5}), "DefaultInstanceWarmup"),
    ] {
        let input = world.new_group(name, more.clone());
        let error = world.fails("CreateAutoScalingGroup", input);
        assert!(error.to_lowercase().contains(&expected.to_lowercase()), "{more}: {expected}: {error}");
    }
}

#[test]
fn what_cannot_be_asked_of_a_group_is_refused() {
    let mut world = World::with_group(2);
    let update = |more: Value| {
        let mut input = json!({"AutoScalingGroupName": "web"});
        crate::tests::join(&mut input, more);
        input
    };
    for (action, input, expected) in [
        ("UpdateAutoScalingGroup", update(json!({"AutoScalingGroupName": "none"})), "name not found"),
        ("UpdateAutoScalingGroup", update(json!({"MinSize": 11})), "Max bound, "),
        ("UpdateAutoScalingGroup", update(json!({"MaxSize": 5, "DesiredCapacity": 6})), "Desired capacity:6"),
        ("UpdateAutoScalingGroup", update(json!({"VPCZoneIdentifier": "subnet-0"})), "does not exist"),
        ("UpdateAutoScalingGroup", update(json!({"HealthCheckType": "ELB"})), "HealthCheckType"),
        ("SetDesiredCapacity", update(json!({"DesiredCapacity": 11})), "value 11 is above max value 10"),
        ("SetDesiredCapacity", update(json!({"DesiredCapacity": -1})), "DesiredCapacity"),
        ("SetDesiredCapacity", json!({"AutoScalingGroupName": "x", "DesiredCapacity": 1}), "name not found"),
        (
            "SetInstanceHealth",
            json!({"InstanceId": "i-0", "HealthStatus": "Healthy"}),
            "Instance Id not found",
        ),
        (
            "TerminateInstanceInAutoScalingGroup",
            json!({"InstanceId": "i-0", "ShouldDecrementDesiredCapacity": true}),
            "Instance Id not found",
        ),
        ("DeleteAutoScalingGroup", json!({"AutoScalingGroupName": "none"}), "name not found"),
        ("DeleteAutoScalingGroup", json!({"AutoScalingGroupName": "web"}), "ResourceInUse"),
        ("DescribeScalingActivities", json!({"AutoScalingGroupName": "none"}), "name not found"),
        ("DescribeScalingActivities", json!({"NextToken": "junk"}), "InvalidNextToken"),
        ("DescribeAutoScalingGroups", json!({"MaxRecords": 101}), "MaxRecords"),
        ("DescribeAutoScalingGroups", json!({"NextToken": "activities/1"}), "InvalidNextToken"),
        ("DescribeAutoScalingGroups", json!({"Filters": [{"Name": "color", "Values": ["red"]}]}), "color"),
        ("DescribeAutoScalingInstances", json!({"MaxRecords": 51}), "MaxRecords"),
    ] {
        let error = world.fails(action, input.clone());
        assert!(error.contains(expected), "{action} {input}: {expected}: {error}");
    }
    let id = world.in_service().remove(0);
    let error = world.fails("SetInstanceHealth", json!({"InstanceId": id, "HealthStatus": "Sick"}));
    assert!(error.contains("HealthStatus"), "{error}");
}

#[test]
fn a_group_is_shown_as_aws_shows_it() {
    let mut world = World::with_nodes();
    let tags = json!([{"Key": "team", "Value": "web", "PropagateAtLaunch": true, "ResourceId": "web", "ResourceType": "auto-scaling-group"}]);
    world.create(
        "web",
        json!({"MinSize": 1, "HealthCheckGracePeriod": 30, "HealthCheckType": "EC2", "Tags": tags}),
    );
    world.run();
    let group = world.group("web");
    let arn = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:web:autoScalingGroupName/web";
    for (field, value) in [
        ("AutoScalingGroupARN", json!(arn)),
        ("MinSize", json!(1)),
        ("DesiredCapacity", json!(1)),
        ("AvailabilityZones", json!(["us-east-1a", "us-east-1b"])),
        ("HealthCheckType", json!("EC2")),
        ("HealthCheckGracePeriod", json!(30)),
        ("Tags", tags),
        ("Status", Value::Null),
    ] {
        assert_eq!(group[field], value, "{field}");
    }
    let template = json!({"LaunchTemplateId": group["LaunchTemplate"]["LaunchTemplateId"], "LaunchTemplateName": "web", "Version": "$Default"});
    assert_eq!(group["LaunchTemplate"], template);
    let member = &group["Instances"][0];
    assert_eq!(
        (&member["LifecycleState"], &member["HealthStatus"]),
        (&json!("InService"), &json!("Healthy"))
    );
    assert_eq!(member["LaunchTemplate"]["Version"], "1", "what it was made from, not what is made now");
    let id = text(&member["InstanceId"]);
    let details = world.ok("DescribeAutoScalingInstances", json!({"InstanceIds": [id]}));
    let details = &details["AutoScalingInstances"][0];
    assert_eq!(
        (&details["AutoScalingGroupName"], &details["HealthStatus"]),
        (&json!("web"), &json!("HEALTHY"))
    );
    assert_eq!(details["LaunchTemplate"], member["LaunchTemplate"]);
    let instances = world.ok("DescribeInstances", json!({"InstanceIds": [id]}));
    let tags = instances["Reservations"][0]["Instances"][0]["Tags"].clone();
    let has =
        |key: &str, value: &str| tags.as_array().unwrap().contains(&json!({"Key": key, "Value": value}));
    assert!(has("team", "web") && has("aws:autoscaling:groupName", "web"), "{tags}");
    let without = world.ok("DescribeAutoScalingGroups", json!({"IncludeInstances": false}));
    assert_eq!(without["AutoScalingGroups"][0]["Instances"], json!([]));
}

#[test]
fn zones_without_subnets_mean_their_default_subnets() {
    let mut world = World::with_nodes();
    world.create("web", json!({"VPCZoneIdentifier": null, "AvailabilityZones": ["us-east-1b"]}));
    assert_eq!(world.group("web")["VPCZoneIdentifier"], world.subnet("us-east-1b"));
}

#[test]
fn groups_are_found_by_name_and_tag() {
    let mut world = World::new();
    for (name, team) in [("a", "web"), ("b", "web"), ("c", "data")] {
        world.create(name, json!({"Tags": [{"Key": "team", "Value": team}]}));
    }
    let filter = |name: &str, value: &str| json!({"Filters": [{"Name": name, "Values": [value]}]});
    for (input, expected) in [
        (json!({}), "a b c"),
        (json!({"AutoScalingGroupNames": ["c", "none", "a"]}), "a c"),
        (filter("tag:team", "web"), "a b"),
        (filter("tag:web", "web"), ""),
        (filter("tag-key", "team"), "a b c"),
        (filter("tag-value", "data"), "c"),
    ] {
        let answer = world.ok("DescribeAutoScalingGroups", input.clone());
        let names: Vec<String> = answer["AutoScalingGroups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| text(&group["AutoScalingGroupName"]))
            .collect();
        assert_eq!(names.join(" "), expected, "{input}");
    }
}

#[test]
fn listings_come_in_pages_that_survive_deletions() {
    let mut world = World::with_group(5);
    for name in ["a", "b", "c"] {
        world.create(name, json!({}));
    }
    for (action, list, expected) in [
        ("DescribeAutoScalingGroups", "AutoScalingGroups", 4),
        ("DescribeAutoScalingInstances", "AutoScalingInstances", 5),
        ("DescribeScalingActivities", "Activities", 5),
    ] {
        let (mut seen, mut input) = (Vec::new(), json!({"MaxRecords": 2}));
        loop {
            let answer = world.ok(action, input);
            let page = answer[list].as_array().unwrap();
            assert!(page.len() <= 2);
            seen.extend(page.iter().map(ToString::to_string));
            let Some(token) = answer["NextToken"].as_str() else { break };
            input = json!({"MaxRecords": 2, "NextToken": token});
        }
        assert_eq!(seen.len(), expected, "{action}");
        seen.dedup();
        assert_eq!(seen.len(), expected, "{action}");
    }
    let first = world.ok("DescribeAutoScalingGroups", json!({"MaxRecords": 2}));
    world.ok("DeleteAutoScalingGroup", json!({"AutoScalingGroupName": "b"}));
    let next =
        world.ok("DescribeAutoScalingGroups", json!({"MaxRecords": 2, "NextToken": first["NextToken"]}));
    assert_eq!(next["AutoScalingGroups"][0]["AutoScalingGroupName"], "c");
}
