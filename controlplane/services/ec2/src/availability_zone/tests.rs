use crate::tests::{World, each};
use serde_json::json;

#[test]
fn zones_of_the_region() {
    let mut world = World::empty();
    for (input, expected) in [
        (json!({}), &["us-east-1a", "us-east-1b"][..]),
        (json!({"AllAvailabilityZones": true}), &["us-east-1a", "us-east-1b"]),
        (json!({"ZoneNames": ["us-east-1b"]}), &["us-east-1b"]),
        (json!({"ZoneIds": ["use1-az1"]}), &["us-east-1a"]),
        (json!({"Filters": [{"Name": "zone-id", "Values": ["*2"]}]}), &["us-east-1b"]),
        (json!({"Filters": [{"Name": "state", "Values": ["impaired"]}]}), &[]),
    ] {
        let output = world.ok("DescribeAvailabilityZones", input.clone());
        assert_eq!(each(&output["AvailabilityZones"], "ZoneName"), expected, "{input}");
    }
    world.refuses(
        "DescribeAvailabilityZones",
        [
            (json!({"ZoneNames": ["us-east-1z"]}), "InvalidParameterValue"),
            (json!({"ZoneIds": ["use1-az9"]}), "InvalidParameterValue"),
            (json!({"Filters": [{"Name": "mood", "Values": ["good"]}]}), "InvalidParameterValue"),
        ],
    );
}

#[test]
fn one_region() {
    let mut world = World::empty();
    assert_eq!(each(&world.ok("DescribeRegions", json!({}))["Regions"], "RegionName"), ["us-east-1"]);
    assert_eq!(world.fails("DescribeRegions", json!({"RegionNames": ["mars-1"]})), "InvalidParameterValue");
}
