use super::*;
use crate::network_interface::{NewInterface, create};
use crate::tests::{World, id};
use serde_json::json;

#[test]
fn one_gateway_one_vpc() {
    let mut world = World::empty();
    let (vpc, other) = (world.vpc("10.0.0.0/16"), world.vpc("10.1.0.0/16"));
    let gateway = world.gateway(&vpc);
    let spare = id(&world.ok("CreateInternetGateway", json!({}))["InternetGateway"]["InternetGatewayId"]);
    let pair = |gateway: &str, vpc: &str| json!({"InternetGatewayId": gateway, "VpcId": vpc});
    world.refuses(
        "AttachInternetGateway",
        [
            (pair(&gateway, &other), "Resource.AlreadyAssociated"),
            (pair(&spare, &vpc), "InvalidParameterValue"),
            (pair("igw-0", &vpc), "InvalidInternetGatewayID.NotFound"),
            (pair(&spare, "vpc-0"), "InvalidVpcID.NotFound"),
        ],
    );
    assert_eq!(
        world.fails("DeleteInternetGateway", json!({"InternetGatewayId": gateway})),
        "DependencyViolation"
    );
    assert_eq!(world.fails("DetachInternetGateway", pair(&gateway, &other)), "Gateway.NotAttached");
    let filter = json!({"Filters": [{"Name": "attachment.vpc-id", "Values": [vpc]}]});
    let shown = world.ok("DescribeInternetGateways", filter)["InternetGateways"].clone();
    assert_eq!(shown.as_array().unwrap().len(), 1);
    assert_eq!(shown[0]["Attachments"][0]["State"], "available");
    world.ok("DetachInternetGateway", pair(&gateway, &vpc));
    world.ok("DeleteInternetGateway", json!({"InternetGatewayId": gateway}));
    assert!(of_vpc(&vpc, &world.reader()).is_none());
}

#[test]
fn public_addresses_hold_the_gateway() {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.gateway(&vpc);
    let subnet_id = world.subnet(&vpc, "10.0.0.0/24");
    let new = NewInterface { subnet_id, public_address: true, ..NewInterface::default() };
    let (interface, _) = world.change(|cx| create(cx, new)).unwrap();
    let pair = json!({"InternetGatewayId": gateway, "VpcId": vpc});
    assert_eq!(world.fails("DetachInternetGateway", pair.clone()), "DependencyViolation");
    world.ok("DeleteNetworkInterface", json!({"NetworkInterfaceId": interface}));
    world.ok("DetachInternetGateway", pair);
}

#[test]
fn manifests_move_it() {
    let mut world = World::empty();
    let text = "
kind: vpc
metadata: {name: a}
spec: {cidrBlock: 10.0.0.0/16}
---
kind: vpc
metadata: {name: b}
spec: {cidrBlock: 10.1.0.0/16}
---
kind: internet_gateway
metadata: {name: out}
spec: {vpcId: a}
";
    let done = world.apply(text).unwrap();
    let ids: Vec<&str> = done.iter().map(|document| document.id.as_str()).collect();
    assert_eq!(of_vpc(ids[0], &world.reader()).as_deref(), Some(ids[2]));
    world.apply(&text.replace("vpcId: a", "vpcId: b")).unwrap();
    assert_eq!(of_vpc(ids[0], &world.reader()), None);
    assert_eq!(of_vpc(ids[1], &world.reader()).as_deref(), Some(ids[2]));
    world.apply(&text.replace("{vpcId: a}", "{}")).unwrap();
    assert_eq!(of_vpc(ids[1], &world.reader()), None);
}
