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
fn every_region_tells_of_all_regions_and_of_its_own_zones() {
    let mut world = World::empty().with_region("eu-west-1");
    for region in ["us-east-1", "eu-west-1"] {
        world.in_region(region, |world| {
            for (input, expected) in [
                (json!({}), &["eu-west-1", "us-east-1"][..]),
                (json!({"AllRegions": true}), &["eu-west-1", "us-east-1"]),
                (json!({"RegionNames": ["us-east-1"]}), &["us-east-1"]),
                (json!({"Filters": [{"Name": "endpoint", "Values": ["*.eu-west-1.*"]}]}), &["eu-west-1"]),
            ] {
                let output = world.ok("DescribeRegions", input.clone());
                assert_eq!(each(&output["Regions"], "RegionName"), expected, "{region} {input}");
            }
            world.refuses("DescribeRegions", [(json!({"RegionNames": ["mars-1"]}), "InvalidParameterValue")]);
            let zones = world.ok("DescribeAvailabilityZones", json!({}));
            let names = each(&zones["AvailabilityZones"], "ZoneName");
            assert!(names.iter().all(|name| name.starts_with(region)), "{region}: {names:?}");
        });
    }
}

#[test]
fn what_is_in_one_region_is_nowhere_else() {
    let mut world = World::new().with_region("eu-west-1");
    let vpcs = |world: &mut World| each(&world.ok("DescribeVpcs", json!({}))["Vpcs"], "VpcId");
    let (here, there) = (vpcs(&mut world), world.in_region("eu-west-1", vpcs));
    assert_eq!((here.len(), there.len()), (1, 1), "a default VPC in each");
    assert_ne!(here, there);
    let subnet = world.subnet(&here[0], "172.31.128.0/20");
    let group = world.group(&here[0], "web");
    let interface = world.interface(&subnet);
    let refused = [
        ("DescribeVpcs", json!({"VpcIds": [here[0]]}), "InvalidVpcID.NotFound"),
        ("CreateSubnet", json!({"VpcId": here[0], "CidrBlock": "172.31.144.0/20"}), "InvalidVpcID.NotFound"),
        ("DeleteSubnet", json!({"SubnetId": subnet}), "InvalidSubnetID.NotFound"),
        ("CreateNetworkInterface", json!({"SubnetId": subnet}), "InvalidSubnetID.NotFound"),
        ("DeleteSecurityGroup", json!({"GroupId": group}), "InvalidGroup.NotFound"),
        (
            "DeleteNetworkInterface",
            json!({"NetworkInterfaceId": interface}),
            "InvalidNetworkInterfaceID.NotFound",
        ),
        (
            "CreateTags",
            json!({"Resources": [here[0]], "Tags": [{"Key": "a", "Value": "b"}]}),
            "InvalidVpcID.NotFound",
        ),
        (
            "CreateSubnet",
            json!({"VpcId": there[0], "CidrBlock": "172.31.128.0/20", "AvailabilityZone": "us-east-1a"}),
            "InvalidParameterValue",
        ),
    ];
    world.in_region("eu-west-1", |world| {
        for (action, input, code) in refused {
            world.refuses(action, [(input, code)]);
        }
    });
}

#[test]
fn regions_give_no_public_address_twice() {
    let mut world = World::new().with_region("eu-west-1");
    let allocate = |world: &mut World| world.ok("AllocateAddress", json!({}))["PublicIp"].clone();
    let mut given = Vec::new();
    for _ in 0..7 {
        given.push(allocate(&mut world).to_string());
        given.push(world.in_region("eu-west-1", allocate).to_string());
    }
    given.sort();
    given.dedup();
    assert_eq!(given.len(), 14, "the pool has so many");
    assert_eq!(world.fails("AllocateAddress", json!({})), "AddressLimitExceeded");
}
