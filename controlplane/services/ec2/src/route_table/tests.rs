use super::*;
use crate::network_interface::{Attach, attach};
use crate::tests::{World, each, id};
use serde_json::{Value, json};

/// A VPC 10.0.0.0/16 with a gateway, a subnet 10.0.0.0/24 and a table of its own.
struct Setting {
    world: World,
    vpc: String,
    gateway: String,
    subnet: String,
    table: String,
}

fn setting() -> Setting {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.gateway(&vpc);
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let table = id(&world.ok("CreateRouteTable", json!({"VpcId": vpc}))["RouteTable"]["RouteTableId"]);
    Setting { world, vpc, gateway, subnet, table }
}

impl Setting {
    fn route(&self, destination: &str, field: &str, target: &str) -> Value {
        json!({"RouteTableId": self.table, "DestinationCidrBlock": destination, field: target})
    }

    fn associate(&mut self) -> String {
        let input = json!({"RouteTableId": self.table, "SubnetId": self.subnet});
        id(&self.world.ok("AssociateRouteTable", input)["AssociationId"])
    }

    fn ways(&mut self) -> Vec<(String, Way)> {
        let routes = in_force(&self.subnet, &self.world.reader());
        routes.into_iter().map(|route| (route.destination.to_string(), route.way)).collect()
    }
}

#[test]
fn routes_are_checked() {
    let mut setting = setting();
    let (interface, gateway) = (setting.world.interface(&setting.subnet), setting.gateway.clone());
    let elsewhere = setting.world.vpc("10.9.0.0/16");
    let far_gateway = setting.world.gateway(&elsewhere);
    let far_subnet = setting.world.subnet(&elsewhere, "10.9.0.0/24");
    let far_interface = setting.world.interface(&far_subnet);
    setting.world.ok("CreateRoute", setting.route("0.0.0.0/0", "GatewayId", &gateway));
    let both = json!({
        "RouteTableId": setting.table, "DestinationCidrBlock": "1.0.0.0/8", "GatewayId": gateway,
        "NetworkInterfaceId": interface,
    });
    let ipv6 =
        json!({"RouteTableId": setting.table, "DestinationIpv6CidrBlock": "::/0", "GatewayId": gateway});
    let cases = [
        (setting.route("0.0.0.0/0", "GatewayId", &gateway), "RouteAlreadyExists"),
        (setting.route("10.0.0.0/16", "GatewayId", &gateway), "RouteAlreadyExists"),
        (setting.route("10.0.0.0/24", "GatewayId", &gateway), "InvalidParameterValue"),
        (setting.route("10.0.0.0/25", "NetworkInterfaceId", &interface), "InvalidParameterValue"),
        (setting.route("1.2.3.0/33", "GatewayId", &gateway), "InvalidParameterValue"),
        (setting.route("1.0.0.0/8", "GatewayId", "igw-0"), "InvalidInternetGatewayID.NotFound"),
        (setting.route("1.0.0.0/8", "GatewayId", "vgw-0"), "InvalidParameterValue"),
        (setting.route("1.0.0.0/8", "GatewayId", &far_gateway), "InvalidParameterValue"),
        (setting.route("1.0.0.0/8", "NetworkInterfaceId", &far_interface), "InvalidParameterValue"),
        (setting.route("1.0.0.0/8", "NetworkInterfaceId", "eni-0"), "InvalidNetworkInterfaceID.NotFound"),
        (setting.route("1.0.0.0/8", "InstanceId", "i-0"), "InvalidInstanceID.NotFound"),
        (setting.route("1.0.0.0/8", "NatGatewayId", "nat-0"), "UnsupportedOperation"),
        (json!({"RouteTableId": setting.table, "GatewayId": gateway}), "MissingParameter"),
        (
            json!({"RouteTableId": setting.table, "DestinationCidrBlock": "1.0.0.0/8"}),
            "InvalidParameterValue",
        ),
        (both, "InvalidParameterValue"),
        (ipv6, "InvalidParameterValue"),
    ];
    setting.world.refuses("CreateRoute", cases);
    setting.world.ok("CreateRoute", setting.route("10.0.0.0/24", "NetworkInterfaceId", &interface));
}

#[test]
fn a_route_follows_its_target() {
    let mut setting = setting();
    setting.associate();
    let gateway = setting.gateway.clone();
    setting.world.ok("CreateRoute", setting.route("0.0.0.0/0", "GatewayId", &gateway));
    let everything = |way: Way| vec![("0.0.0.0/0".to_owned(), way), ("10.0.0.0/16".to_owned(), Way::Local)];
    assert_eq!(setting.ways(), everything(Way::InternetGateway));
    let pair = json!({"InternetGatewayId": gateway, "VpcId": setting.vpc});
    setting.world.ok("DetachInternetGateway", pair.clone());
    assert_eq!(setting.ways(), everything(Way::Blackhole));
    setting.world.ok("AttachInternetGateway", pair);
    assert_eq!(setting.ways(), everything(Way::InternetGateway));

    let interface = setting.world.interface(&setting.subnet);
    setting.world.ok("ReplaceRoute", setting.route("0.0.0.0/0", "NetworkInterfaceId", &interface));
    assert_eq!(setting.ways(), everything(Way::Blackhole), "nobody holds the interface");
    let to = Attach { instance_id: "i-1".into(), device_index: 0, delete_on_termination: true };
    setting.world.change(|cx| attach(cx, &interface, to)).unwrap();
    assert_eq!(setting.ways(), everything(Way::NetworkInterface(interface.clone())));
    let shown = setting.world.ok("DescribeRouteTables", json!({"RouteTableIds": [setting.table]}));
    assert_eq!(shown["RouteTables"][0]["Routes"][1]["InstanceId"], "i-1");
    setting
        .world
        .change(|cx| {
            crate::network_interface::release(cx, "i-1");
            Ok(())
        })
        .unwrap();
    assert_eq!(setting.ways(), everything(Way::Blackhole));
    let filter = json!({"Filters": [{"Name": "route.state", "Values": ["blackhole"]}]});
    let found = setting.world.ok("DescribeRouteTables", filter);
    assert_eq!(each(&found["RouteTables"], "RouteTableId"), [setting.table.clone()]);
}

#[test]
fn routes_go_and_change() {
    let mut setting = setting();
    let gateway = setting.gateway.clone();
    setting.world.ok("CreateRoute", setting.route("0.0.0.0/0", "GatewayId", &gateway));
    let named =
        |table: &str, destination: &str| json!({"RouteTableId": table, "DestinationCidrBlock": destination});
    setting.world.refuses(
        "DeleteRoute",
        [
            (named(&setting.table, "10.0.0.0/16"), "InvalidParameterValue"),
            (named(&setting.table, "1.0.0.0/8"), "InvalidRoute.NotFound"),
            (named("rtb-0", "1.0.0.0/8"), "InvalidRouteTableID.NotFound"),
        ],
    );
    let cases = [
        (setting.route("10.0.0.0/16", "GatewayId", &gateway), "InvalidParameterValue"),
        (setting.route("1.0.0.0/8", "GatewayId", &gateway), "InvalidRoute.NotFound"),
    ];
    setting.world.refuses("ReplaceRoute", cases);
    setting.world.ok("DeleteRoute", named(&setting.table, "0.0.0.0/0"));
    let shown = setting.world.ok("DescribeRouteTables", json!({"RouteTableIds": [setting.table]}));
    assert_eq!(each(&shown["RouteTables"][0]["Routes"], "GatewayId"), ["local"]);
}

#[test]
fn associations_move() {
    let mut setting = setting();
    let association = setting.associate();
    assert_eq!(setting.associate(), association, "the same again is the same");
    let main = main_of(&setting.vpc, &setting.world.reader()).unwrap();
    let pair = json!({"RouteTableId": main, "SubnetId": setting.subnet});
    assert_eq!(setting.world.fails("AssociateRouteTable", pair), "Resource.AlreadyAssociated");
    assert_eq!(
        setting.world.fails("DeleteRouteTable", json!({"RouteTableId": setting.table})),
        "DependencyViolation"
    );

    let replace = json!({"AssociationId": association, "RouteTableId": main});
    let moved = id(&setting.world.ok("ReplaceRouteTableAssociation", replace.clone())["NewAssociationId"]);
    assert_eq!(of_subnet(&setting.subnet, &setting.world.reader()).unwrap().key.id(), main);
    assert_eq!(setting.world.fails("ReplaceRouteTableAssociation", replace), "InvalidAssociationID.NotFound");
    setting.world.ok("DisassociateRouteTable", json!({"AssociationId": moved}));
    assert!(of_subnet(&setting.subnet, &setting.world.reader()).is_none());
    setting.world.ok("DeleteRouteTable", json!({"RouteTableId": setting.table}));
}

#[test]
fn the_main_table_can_be_another() {
    let mut setting = setting();
    let main = main_of(&setting.vpc, &setting.world.reader()).unwrap();
    let shown = setting.world.ok("DescribeRouteTables", json!({"RouteTableIds": [main]}));
    let association = shown["RouteTables"][0]["Associations"][0]["RouteTableAssociationId"].clone();
    setting.world.refuses(
        "DisassociateRouteTable",
        [
            (json!({"AssociationId": association}), "InvalidParameterValue"),
            (json!({"AssociationId": "rtbassoc-0"}), "InvalidAssociationID.NotFound"),
        ],
    );
    assert_eq!(setting.world.fails("DeleteRouteTable", json!({"RouteTableId": main})), "DependencyViolation");
    let replace = json!({"AssociationId": association, "RouteTableId": setting.table});
    setting.world.ok("ReplaceRouteTableAssociation", replace);
    assert_eq!(main_of(&setting.vpc, &setting.world.reader()).unwrap(), setting.table);
    setting.world.ok("DeleteRouteTable", json!({"RouteTableId": main}));
    let gateway = setting.gateway.clone();
    setting.world.ok("CreateRoute", setting.route("0.0.0.0/0", "GatewayId", &gateway));
    assert_eq!(setting.ways()[0].1, Way::InternetGateway, "the subnet follows the new main table");
}

#[test]
fn a_deleted_subnet_leaves_no_association() {
    let mut setting = setting();
    setting.associate();
    setting.world.ok("DeleteSubnet", json!({"SubnetId": setting.subnet}));
    setting.world.ok("DeleteRouteTable", json!({"RouteTableId": setting.table}));
}

const MANIFEST: &str = "
kind: vpc
metadata: {name: main}
spec: {cidrBlock: 10.0.0.0/16}
---
kind: internet_gateway
metadata: {name: out}
spec: {vpcId: main}
---
kind: subnet
metadata: {name: a}
spec: {vpcId: main, cidrBlock: 10.0.0.0/24}
---
kind: subnet
metadata: {name: b}
spec: {vpcId: main, cidrBlock: 10.0.1.0/24}
---
kind: route_table
metadata: {name: public}
spec:
  vpcId: main
  routes: [{destinationCidrBlock: 0.0.0.0/0, gatewayId: out}]
  subnetIds: [a, b]
";

#[test]
fn manifests() {
    let mut world = World::empty();
    let ids: Vec<String> = world.apply(MANIFEST).unwrap().into_iter().map(|document| document.id).collect();
    let table = |world: &mut World| world.reader().get::<RouteTable>(&ids[4]).unwrap().clone();
    assert_eq!(table(&mut world).subnet_ids(), [ids[2].clone(), ids[3].clone()]);
    let theirs = json!({"RouteTableId": ids[4], "DestinationCidrBlock": "9.0.0.0/8", "GatewayId": ids[1]});
    world.ok("CreateRoute", theirs);
    world.apply(&MANIFEST.replace("[a, b]", "[b]").replace("0.0.0.0/0", "8.0.0.0/8")).unwrap();
    let destinations: Vec<String> =
        table(&mut world).routes.iter().map(|route| route.destination.to_string()).collect();
    assert_eq!(destinations, ["8.0.0.0/8", "9.0.0.0/8"], "what others added stays");
    assert_eq!(table(&mut world).subnet_ids(), [ids[3].clone()]);
    for (from, to, expected) in [
        ("gatewayId: out", "gatewayId: in", "no internet_gateway named"),
        ("[a, b]", "[a, c]", "no subnet named"),
        ("0.0.0.0/0", "10.0.0.0/24", "can target only an interface"),
        (
            "{destinationCidrBlock: 0.0.0.0/0, gatewayId: out}",
            "{gatewayId: out}",
            "Exactly one of DestinationCidrBlock",
        ),
    ] {
        let error = world.apply(&MANIFEST.replace(from, to)).unwrap_err();
        assert!(error.message.contains(expected), "{to}: {}", error.message);
    }
}
