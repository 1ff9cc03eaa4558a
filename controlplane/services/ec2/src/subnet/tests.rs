use super::*;
use crate::tests::{World, each, id};
use serde_json::json;

#[test]
fn blocks_lie_in_the_vpc_and_apart() {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    world.subnet(&vpc, "10.0.1.0/24");
    let other = world.vpc("10.0.0.0/16");
    world.subnet(&other, "10.0.1.0/24");
    let subnet = |cidr: &str| json!({"VpcId": vpc, "CidrBlock": cidr});
    world.refuses(
        "CreateSubnet",
        [
            (json!({"VpcId": vpc}), "MissingParameter"),
            (json!({"VpcId": "vpc-0", "CidrBlock": "10.0.0.0/24"}), "InvalidVpcID.NotFound"),
            (subnet("10.0.1"), "InvalidParameterValue"),
            (subnet("10.1.0.0/24"), "InvalidSubnet.Range"),
            (subnet("10.0.0.0/15"), "InvalidSubnet.Range"),
            (subnet("10.0.0.0/29"), "InvalidSubnet.Range"),
            (subnet("10.0.1.0/24"), "InvalidSubnet.Conflict"),
            (subnet("10.0.1.128/25"), "InvalidSubnet.Conflict"),
            (subnet("10.0.0.0/16"), "InvalidSubnet.Conflict"),
            (
                json!({"VpcId": vpc, "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "eu-west-1a"}),
                "InvalidParameterValue",
            ),
            (
                json!({"VpcId": vpc, "CidrBlock": "10.0.2.0/24", "AvailabilityZoneId": "use1-az9"}),
                "InvalidParameterValue",
            ),
            (
                json!({"VpcId": vpc, "CidrBlock": "10.0.2.0/24", "Ipv6CidrBlock": "fd00::/64"}),
                "InvalidSubnet.Range",
            ),
            (json!({"VpcId": vpc, "CidrBlock": "10.0.2.0/24", "Ipv6Native": true}), "UnsupportedOperation"),
        ],
    );
    let output = world.ok("CreateSubnet", json!({"VpcId": vpc, "CidrBlock": "10.0.2.9/24"}));
    assert_eq!(
        (id(&output["Subnet"]["CidrBlock"]), &output["Subnet"]["AvailableIpAddressCount"]),
        ("10.0.2.0/24".into(), &json!(251))
    );
    assert_eq!(
        id(&output["Subnet"]["AvailabilityZone"]),
        "us-east-1b",
        "the zone without a subnet of this VPC"
    );
}

#[test]
fn interfaces_use_addresses_up() {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.0.0/28");
    let free = |world: &mut World| {
        world.ok("DescribeSubnets", json!({"SubnetIds": [subnet]}))["Subnets"][0]["AvailableIpAddressCount"]
            .clone()
    };
    assert_eq!(free(&mut world), 11);
    let interface = world.interface(&subnet);
    world.ok("CreateNetworkInterface", json!({"SubnetId": subnet, "SecondaryPrivateIpAddressCount": 3}));
    assert_eq!(free(&mut world), 6);
    assert_eq!(world.fails("DeleteSubnet", json!({"SubnetId": subnet})), "DependencyViolation");
    world.ok("DeleteNetworkInterface", json!({"NetworkInterfaceId": interface}));
    assert_eq!(free(&mut world), 7);
}

#[test]
fn ipv6_subnets() {
    let mut world = World::empty();
    let vpc = world.ok("CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": true}))
        ["Vpc"]
        .clone();
    let block = id(&vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]);
    let vpc = id(&vpc["VpcId"]);
    let good = block.replace("/56", "/64");
    let input = |cidr: &str, ipv6: &str| json!({"VpcId": vpc, "CidrBlock": cidr, "Ipv6CidrBlock": ipv6});
    let subnet = world.ok("CreateSubnet", input("10.0.0.0/24", &good))["Subnet"].clone();
    assert_eq!(id(&subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]), good);
    world.refuses(
        "CreateSubnet",
        [
            (input("10.0.1.0/24", &good), "InvalidSubnet.Conflict"),
            (input("10.0.1.0/24", &block), "InvalidSubnet.Range"),
            (input("10.0.1.0/24", "10.0.0.0/24"), "InvalidParameterValue"),
        ],
    );
    let modify = json!({"SubnetId": subnet["SubnetId"], "AssignIpv6AddressOnCreation": {"Value": true}});
    world.ok("ModifySubnetAttribute", modify);
    let interface = world.ok("CreateNetworkInterface", json!({"SubnetId": subnet["SubnetId"]}));
    let address: std::net::Ipv6Addr =
        id(&interface["NetworkInterface"]["Ipv6Addresses"][0]["Ipv6Address"]).parse().unwrap();
    assert!(good.parse::<ipnet::Ipv6Net>().unwrap().contains(&address));
}

#[test]
fn attributes_change_one_at_a_time() {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    world.ok("ModifySubnetAttribute", json!({"SubnetId": subnet, "MapPublicIpOnLaunch": {"Value": true}}));
    let filter = json!({"Filters": [{"Name": "map-public-ip-on-launch", "Values": ["true"]}]});
    assert_eq!(
        each(&world.ok("DescribeSubnets", filter)["Subnets"], "SubnetId"),
        std::slice::from_ref(&subnet)
    );
    let both = json!({
        "SubnetId": subnet, "MapPublicIpOnLaunch": {"Value": true}, "AssignIpv6AddressOnCreation": {"Value": true}
    });
    world.refuses(
        "ModifySubnetAttribute",
        [
            (json!({"SubnetId": subnet}), "MissingParameter"),
            (both, "InvalidParameterCombination"),
            (
                json!({"SubnetId": subnet, "AssignIpv6AddressOnCreation": {"Value": true}}),
                "InvalidParameterValue",
            ),
            (json!({"SubnetId": subnet, "EnableDns64": {"Value": true}}), "UnsupportedOperation"),
        ],
    );
}

#[test]
fn default_subnets_come_back() {
    let mut world = World::new();
    let zone = |name: &str| json!({"AvailabilityZone": name});
    let filter = json!({"Filters": [{"Name": "availability-zone", "Values": ["us-east-1a"]}]});
    let subnet = each(&world.ok("DescribeSubnets", filter)["Subnets"], "SubnetId")[0].clone();
    assert_eq!(
        world.fails("CreateDefaultSubnet", zone("us-east-1a")),
        "DefaultSubnetAlreadyExistsInAvailabilityZone"
    );
    world.ok("DeleteSubnet", json!({"SubnetId": subnet}));
    let again = world.ok("CreateDefaultSubnet", zone("us-east-1a"));
    assert_eq!(id(&again["Subnet"]["CidrBlock"]), "172.31.0.0/20");
    let reader = world.reader();
    assert_eq!(default_in("us-east-1a", &reader).unwrap().key.id(), id(&again["Subnet"]["SubnetId"]));
    world.refuses(
        "CreateDefaultSubnet",
        [(json!({}), "MissingParameter"), (zone("mars-1a"), "InvalidParameterValue")],
    );
    assert_eq!(World::empty().fails("CreateDefaultSubnet", zone("us-east-1a")), "DefaultVpcDoesNotExist");
}

#[test]
fn manifests() {
    let mut world = World::empty();
    let text = "
kind: subnet
metadata: {name: web-a}
spec: {vpcId: main, cidrBlock: 10.0.0.0/24, availabilityZone: us-east-1a, mapPublicIpOnLaunch: true}
---
kind: vpc
metadata: {name: main}
spec: {cidrBlock: 10.0.0.0/16}
";
    let subnet = world.apply(text).unwrap()[0].id.clone();
    world.apply(&text.replace("mapPublicIpOnLaunch: true", "tags: {tier: web}")).unwrap();
    let shown = world.ok("DescribeSubnets", json!({"SubnetIds": [subnet]}))["Subnets"][0].clone();
    assert_eq!((&shown["MapPublicIpOnLaunch"], &shown["Tags"][0]["Value"]), (&json!(false), &json!("web")));
    for (from, to, expected) in [
        ("10.0.0.0/24", "10.0.1.0/24", "spec.cidrBlock: cannot be changed"),
        ("us-east-1a", "us-east-1b", "spec.availabilityZone: cannot be changed"),
        ("vpcId: main", "vpcId: other", "no vpc named \"other\""),
        ("mapPublicIpOnLaunch: true", "assignIpv6AddressOnCreation: true", "no IPv6 CIDR block"),
    ] {
        let error = world.apply(&text.replace(from, to)).unwrap_err();
        assert!(error.message.contains(expected), "{to}: {}", error.message);
    }
}
