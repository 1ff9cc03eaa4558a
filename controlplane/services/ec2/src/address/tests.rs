use crate::network_interface::NetworkInterface;
use crate::tests::{World, each, id};
use serde_json::{Value, json};

/// A VPC with a gateway and an interface in it.
fn setting() -> (World, String, String) {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    world.gateway(&vpc);
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let interface = world.interface(&subnet);
    (world, subnet, interface)
}

fn allocate(world: &mut World) -> (String, String) {
    let made = world.ok("AllocateAddress", json!({"Domain": "vpc"}));
    (id(&made["AllocationId"]), id(&made["PublicIp"]))
}

fn associate(world: &mut World, allocation: &str, interface: &str) -> String {
    let input = json!({"AllocationId": allocation, "NetworkInterfaceId": interface});
    id(&world.ok("AssociateAddress", input)["AssociationId"])
}

fn interface_of(world: &mut World, id: &str) -> NetworkInterface {
    world.reader().get::<NetworkInterface>(id).unwrap().clone()
}

fn shown(world: &mut World, allocation: &str) -> Value {
    world.ok("DescribeAddresses", json!({"AllocationIds": [allocation]}))["Addresses"][0].clone()
}

#[test]
fn from_the_pool_and_back() {
    let (mut world, _, interface) = setting();
    let (allocation, public) = allocate(&mut world);
    assert_eq!(shown(&mut world, &allocation)["Domain"], "vpc");
    let association = associate(&mut world, &allocation, &interface);
    let described = shown(&mut world, &allocation);
    for (name, value) in [
        ("AssociationId", association.as_str()),
        ("NetworkInterfaceId", &interface),
        ("PrivateIpAddress", "10.0.0.4"),
        ("PublicIp", &public),
    ] {
        assert_eq!(described[name], value, "{name}");
    }
    assert_eq!(world.fails("ReleaseAddress", json!({"AllocationId": allocation})), "InvalidIPAddress.InUse");
    world.ok("DisassociateAddress", json!({"AssociationId": association}));
    assert_eq!(interface_of(&mut world, &interface).associations, []);
    world.ok("ReleaseAddress", json!({"AllocationId": allocation}));
    assert_eq!(
        world.fails("DescribeAddresses", json!({"AllocationIds": [allocation]})),
        "InvalidAllocationID.NotFound"
    );
}

#[test]
fn the_pool_is_one_for_every_use_of_it() {
    let (mut world, _, _) = setting();
    let mut taken: Vec<String> = (0..14).map(|_| allocate(&mut world).1).collect();
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 14);
    assert_eq!(world.fails("AllocateAddress", json!({})), "AddressLimitExceeded");
}

#[test]
fn an_elastic_address_takes_the_place_of_another() {
    let (mut world, subnet, interface) = setting();
    let other = world.interface(&subnet);
    let automatic = "198.18.0.14".parse().ok();
    let with = NetworkInterface { public_address: automatic, ..interface_of(&mut world, &interface) };
    world
        .change(|cx| {
            cx.put(&interface, with);
            Ok(())
        })
        .unwrap();
    let (first, _) = allocate(&mut world);
    let (second, public) = allocate(&mut world);
    associate(&mut world, &first, &interface);
    assert_eq!(interface_of(&mut world, &interface).public_address, None, "went back to the pool");
    associate(&mut world, &second, &interface);
    assert!(shown(&mut world, &first)["AssociationId"].is_null());
    let held = interface_of(&mut world, &interface);
    assert_eq!(held.primary_public_address().map(|address| address.to_string()), Some(public));
    let stay = json!({"AllocationId": second, "NetworkInterfaceId": other, "AllowReassociation": false});
    assert_eq!(world.fails("AssociateAddress", stay), "Resource.AlreadyAssociated");
    associate(&mut world, &second, &other);
    assert_eq!(interface_of(&mut world, &interface).associations, []);
}

#[test]
fn secondary_addresses_have_their_own() {
    let (mut world, _, interface) = setting();
    let more = json!({"NetworkInterfaceId": interface, "SecondaryPrivateIpAddressCount": 1});
    let assigned = world.ok("AssignPrivateIpAddresses", more);
    assert_eq!(each(&assigned["AssignedPrivateIpAddresses"], "PrivateIpAddress"), ["10.0.0.5"]);
    let (allocation, public) = allocate(&mut world);
    let input = json!({
        "AllocationId": allocation, "NetworkInterfaceId": interface, "PrivateIpAddress": "10.0.0.5",
    });
    world.ok("AssociateAddress", input);
    let described = world.ok("DescribeNetworkInterfaces", json!({"NetworkInterfaceIds": [interface]}));
    let addresses = &described["NetworkInterfaces"][0]["PrivateIpAddresses"];
    assert_eq!(addresses[1]["Association"]["PublicIp"], public);
    assert_eq!(addresses[1]["Association"]["AllocationId"], allocation);
    assert!(addresses[0]["Association"].is_null());
    let filter = json!({"Filters": [{"Name": "association.allocation-id", "Values": [allocation]}]});
    let found = world.ok("DescribeNetworkInterfaces", filter);
    assert_eq!(each(&found["NetworkInterfaces"], "NetworkInterfaceId"), std::slice::from_ref(&interface));
    let gone = json!({"NetworkInterfaceId": interface, "PrivateIpAddresses": ["10.0.0.5"]});
    world.ok("UnassignPrivateIpAddresses", gone);
    assert!(shown(&mut world, &allocation)["AssociationId"].is_null());
}

#[test]
fn an_address_outlives_its_interface() {
    let (mut world, _, interface) = setting();
    let (allocation, _) = allocate(&mut world);
    associate(&mut world, &allocation, &interface);
    world.ok("DeleteNetworkInterface", json!({"NetworkInterfaceId": interface}));
    assert!(shown(&mut world, &allocation)["NetworkInterfaceId"].is_null());
    world.ok("ReleaseAddress", json!({"AllocationId": allocation}));
}

#[test]
fn what_is_wrong_is_named() {
    let (mut world, _, interface) = setting();
    let (allocation, public) = allocate(&mut world);
    let closed = world.vpc("10.1.0.0/16");
    let closed = world.subnet(&closed, "10.1.0.0/24");
    let closed = world.interface(&closed);
    let to = |interface: &str| json!({"AllocationId": allocation, "NetworkInterfaceId": interface});
    let mut both = to(&interface);
    both["InstanceId"] = json!("i-1");
    let mut elsewhere = to(&interface);
    elsewhere["PrivateIpAddress"] = json!("10.0.0.9");
    world.refuses(
        "AssociateAddress",
        [
            (json!({"NetworkInterfaceId": interface}), "MissingParameter"),
            (json!({"AllocationId": allocation}), "MissingParameter"),
            (
                json!({"AllocationId": "eipalloc-0", "NetworkInterfaceId": interface}),
                "InvalidAllocationID.NotFound",
            ),
            (to("eni-0"), "InvalidNetworkInterfaceID.NotFound"),
            (to(&closed), "Gateway.NotAttached"),
            (both, "InvalidParameterCombination"),
            (elsewhere, "InvalidParameterValue"),
            (json!({"AllocationId": allocation, "InstanceId": "i-0"}), "InvalidInstanceID.NotFound"),
            (json!({"PublicIp": public, "InstanceId": "i-0"}), "UnsupportedOperation"),
        ],
    );
    world.refuses(
        "DisassociateAddress",
        [
            (json!({}), "MissingParameter"),
            (json!({"AssociationId": "eipassoc-0"}), "InvalidAssociationID.NotFound"),
        ],
    );
    world.refuses(
        "AllocateAddress",
        [
            (json!({"Domain": "standard"}), "UnsupportedOperation"),
            (json!({"Address": "198.18.0.3"}), "UnsupportedOperation"),
        ],
    );
    world.refuses(
        "DescribeAddresses",
        [
            (json!({"PublicIps": ["198.18.0.99"]}), "InvalidAddress.NotFound"),
            (json!({"PublicIps": ["here"]}), "InvalidParameterValue"),
        ],
    );
    let found = world.ok("DescribeAddresses", json!({"PublicIps": [public]}));
    assert_eq!(each(&found["Addresses"], "AllocationId"), std::slice::from_ref(&allocation));
    world.as_account("999999999999", |world| {
        assert_eq!(
            world.fails("DescribeAddresses", json!({"PublicIps": [public]})),
            "InvalidAddress.NotFound"
        );
    });
    world.ok("CreateTags", json!({"Resources": [allocation], "Tags": [{"Key": "Name", "Value": "front"}]}));
    assert_eq!(shown(&mut world, &allocation)["Tags"][0]["Value"], "front");
}
