use super::*;
use crate::tests::{World, each, id};
use serde_json::json;

#[test]
fn a_vpc_brings_its_table_and_its_group() {
    let mut world = World::empty();
    let vpc = world.ok("CreateVpc", json!({"CidrBlock": "10.1.2.3/16"}))["Vpc"].clone();
    let vpc_id = id(&vpc["VpcId"]);
    assert_eq!((id(&vpc["CidrBlock"]), id(&vpc["State"])), ("10.1.0.0/16".into(), "available".into()));
    assert_eq!(vpc["IsDefault"], false);
    let tables =
        world.ok("DescribeRouteTables", json!({"Filters": [{"Name": "vpc-id", "Values": [vpc_id]}]}));
    assert_eq!(tables["RouteTables"][0]["Associations"][0]["Main"], true);
    assert_eq!(each(&tables["RouteTables"][0]["Routes"], "GatewayId"), ["local"]);
    let groups =
        world.ok("DescribeSecurityGroups", json!({"Filters": [{"Name": "vpc-id", "Values": [vpc_id]}]}));
    let group = &groups["SecurityGroups"][0];
    assert_eq!(id(&group["GroupName"]), "default");
    assert_eq!(group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"], group["GroupId"]);
    assert_eq!(group["IpPermissionsEgress"][0]["IpRanges"][0]["CidrIp"], "0.0.0.0/0");
    world.ok("DeleteVpc", json!({"VpcId": vpc_id}));
    assert_eq!(world.size(), 0);
}

#[test]
fn wrong_blocks_are_refused() {
    let mut world = World::empty();
    world.refuses(
        "CreateVpc",
        [
            (json!({}), "MissingParameter"),
            (json!({"CidrBlock": "10.0.0.0"}), "InvalidParameterValue"),
            (json!({"CidrBlock": "10.0.0.0/33"}), "InvalidParameterValue"),
            (json!({"CidrBlock": "fd00::/56"}), "InvalidParameterValue"),
            (json!({"CidrBlock": "10.0.0.0/15"}), "InvalidVpc.Range"),
            (json!({"CidrBlock": "10.0.0.0/29"}), "InvalidVpc.Range"),
            (json!({"CidrBlock": "127.1.0.0/16"}), "InvalidVpc.Range"),
            (json!({"CidrBlock": "169.254.0.0/16"}), "InvalidVpc.Range"),
            (json!({"CidrBlock": "224.0.0.0/16"}), "InvalidVpc.Range"),
            (json!({"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "dedicated"}), "UnsupportedOperation"),
            (
                json!({"CidrBlock": "10.0.0.0/16", "TagSpecifications": [{"ResourceType": "subnet", "Tags": []}]}),
                "InvalidParameterValue",
            ),
        ],
    );
    assert_eq!(world.size(), 0);
}

#[test]
fn vpcs_of_different_accounts_share_no_network() {
    let mut world = World::empty();
    let mine = world.vpc("10.0.0.0/16");
    let theirs = world.as_account("999999999999", |world| world.vpc("10.0.0.0/16"));
    let vnis: Vec<u32> = world.reader().view.all::<Vpc>().map(|vpc| vpc.vni).collect();
    assert_eq!(vnis.len(), 2);
    assert!(vnis[0] != vnis[1] && vnis.iter().all(|vni| (1..=0xff_ffff).contains(vni)));
    assert_eq!(world.fails("DescribeVpcs", json!({"VpcIds": [theirs]})), "InvalidVpcID.NotFound");
    assert_eq!(each(&world.ok("DescribeVpcs", json!({}))["Vpcs"], "VpcId"), [mine]);
}

#[test]
fn ipv6_blocks_are_unique_and_local() {
    let mut world = World::empty();
    let input = json!({"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": true});
    let one = world.ok("CreateVpc", input.clone())["Vpc"].clone();
    let other = world.ok("CreateVpc", input)["Vpc"].clone();
    let block = |vpc: &serde_json::Value| id(&vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]);
    assert!(block(&one).starts_with("fd") && block(&one).ends_with("/56"), "{}", block(&one));
    assert_ne!(block(&one), block(&other));
    let reader = world.reader();
    let group = crate::security_group::default_of(&id(&one["VpcId"]), &reader).unwrap();
    let out: Vec<_> =
        crate::security_group::rules_of(&group, &reader).filter_map(|rule| rule.peer.ipv6()).collect();
    assert_eq!(out, ["::/0"]);
}

#[test]
fn a_vpc_goes_only_when_it_is_empty() {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let delete = json!({"VpcId": vpc});
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    assert_eq!(world.fails("DeleteVpc", delete.clone()), "DependencyViolation");
    world.ok("DeleteSubnet", json!({"SubnetId": subnet}));
    let gateway = world.gateway(&vpc);
    assert_eq!(world.fails("DeleteVpc", delete.clone()), "DependencyViolation");
    world.ok("DetachInternetGateway", json!({"VpcId": vpc, "InternetGatewayId": gateway}));
    let group = world.group(&vpc, "web");
    assert_eq!(world.fails("DeleteVpc", delete.clone()), "DependencyViolation");
    world.ok("DeleteSecurityGroup", json!({"GroupId": group}));
    let table = id(&world.ok("CreateRouteTable", json!({"VpcId": vpc}))["RouteTable"]["RouteTableId"]);
    assert_eq!(world.fails("DeleteVpc", delete.clone()), "DependencyViolation");
    world.ok("DeleteRouteTable", json!({"RouteTableId": table}));
    world.ok("DeleteVpc", delete.clone());
    world.refuses(
        "DeleteVpc",
        [(delete, "InvalidVpcID.NotFound"), (json!({"VpcId": "subnet-1"}), "InvalidVpcID.Malformed")],
    );
}

#[test]
fn dns_attributes() {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let ask = |world: &mut World, attribute: &str| {
        world.ok("DescribeVpcAttribute", json!({"VpcId": vpc, "Attribute": attribute}))
    };
    assert_eq!(ask(&mut world, "enableDnsSupport")["EnableDnsSupport"]["Value"], true);
    assert_eq!(ask(&mut world, "enableDnsHostnames")["EnableDnsHostnames"]["Value"], false);
    world.ok("ModifyVpcAttribute", json!({"VpcId": vpc, "EnableDnsHostnames": {"Value": true}}));
    assert_eq!(ask(&mut world, "enableDnsHostnames")["EnableDnsHostnames"]["Value"], true);
    let both =
        json!({"VpcId": vpc, "EnableDnsHostnames": {"Value": true}, "EnableDnsSupport": {"Value": true}});
    world.refuses(
        "ModifyVpcAttribute",
        [
            (json!({"VpcId": vpc}), "MissingParameter"),
            (both, "InvalidParameterCombination"),
            (json!({"VpcId": vpc, "EnableDnsSupport": {"Value": false}}), "InvalidParameterCombination"),
        ],
    );
}

#[test]
fn the_default_vpc_is_as_in_aws() {
    let mut world = World::new();
    let vpc =
        world.ok("DescribeVpcs", json!({"Filters": [{"Name": "is-default", "Values": ["true"]}]}))["Vpcs"]
            .clone();
    assert_eq!((vpc.as_array().unwrap().len(), id(&vpc[0]["CidrBlock"])), (1, "172.31.0.0/16".into()));
    let subnets = world.ok("DescribeSubnets", json!({}))["Subnets"].clone();
    let mut shown: Vec<(String, String)> =
        each(&subnets, "AvailabilityZone").into_iter().zip(each(&subnets, "CidrBlock")).collect();
    shown.sort();
    let expected = [("us-east-1a", "172.31.0.0/20"), ("us-east-1b", "172.31.16.0/20")];
    assert_eq!(shown, expected.map(|(zone, cidr)| (zone.to_owned(), cidr.to_owned())));
    for subnet in subnets.as_array().unwrap() {
        assert_eq!((&subnet["MapPublicIpOnLaunch"], &subnet["DefaultForAz"]), (&json!(true), &json!(true)));
        assert_eq!(subnet["AvailableIpAddressCount"], 4091);
    }
    let routes = world.ok("DescribeRouteTables", json!({}))["RouteTables"][0]["Routes"].clone();
    assert_eq!(each(&routes, "DestinationCidrBlock"), ["172.31.0.0/16", "0.0.0.0/0"]);
    assert_eq!(each(&routes, "State"), ["active", "active"]);
    assert_eq!(world.fails("CreateDefaultVpc", json!({})), "DefaultVpcAlreadyExists");
}

#[test]
fn manifests() {
    let mut world = World::empty();
    let text = "
kind: vpc
metadata: {name: main}
spec: {cidrBlock: 10.0.0.0/16, enableDnsHostnames: true, tags: {env: dev, Name: main}}
";
    let vpc = world.apply(text).unwrap()[0].id.clone();
    world.ok("CreateTags", json!({"Resources": [vpc], "Tags": [{"Key": "theirs", "Value": "1"}]}));
    world.apply(&text.replace("env: dev", "env: prod").replace(", Name: main", "")).unwrap();
    let shown = world.ok("DescribeVpcs", json!({"VpcIds": [vpc]}))["Vpcs"][0]["Tags"].clone();
    assert_eq!(shown, json!([{"Key": "env", "Value": "prod"}, {"Key": "theirs", "Value": "1"}]));
    for (from, to, expected) in [
        ("10.0.0.0/16", "10.1.0.0/16", "spec.cidrBlock: cannot be changed"),
        ("enableDnsHostnames: true", "amazonProvidedIpv6CidrBlock: true", "spec.amazonProvidedIpv6CidrBlock"),
        (
            "enableDnsHostnames: true",
            "enableDnsSupport: false, enableDnsHostnames: true",
            "enableDnsHostnames",
        ),
        ("env: dev", "'aws:x': dev", "reserved"),
        ("cidrBlock", "cidr", "unknown field `cidr`"),
    ] {
        let error = world.apply(&text.replace(from, to)).unwrap_err();
        assert!(error.message.contains(expected), "{to}: {}", error.message);
    }
}
