use super::*;
use crate::tests::{World, each, id};
use serde_json::{Value, json};

/// A VPC with a subnet 10.0.0.0/28.
fn setting() -> (World, String, String) {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.0.0/28");
    (world, vpc, subnet)
}

fn addresses(output: &Value) -> Vec<String> {
    each(&output["NetworkInterface"]["PrivateIpAddresses"], "PrivateIpAddress")
}

#[test]
fn addresses_are_the_lowest_free_ones() {
    let (mut world, _, subnet) = setting();
    let cases = [
        (json!({}), vec!["10.0.0.4"]),
        (json!({"PrivateIpAddress": "10.0.0.6"}), vec!["10.0.0.6"]),
        (json!({"SecondaryPrivateIpAddressCount": 2}), vec!["10.0.0.5", "10.0.0.7", "10.0.0.8"]),
        (
            json!({"PrivateIpAddresses": [
                {"PrivateIpAddress": "10.0.0.10"}, {"PrivateIpAddress": "10.0.0.9", "Primary": true},
            ]}),
            vec!["10.0.0.9", "10.0.0.10"],
        ),
        (
            json!({"SecondaryPrivateIpAddressCount": 3}),
            vec!["10.0.0.11", "10.0.0.12", "10.0.0.13", "10.0.0.14"],
        ),
    ];
    for (mut input, expected) in cases {
        input["SubnetId"] = json!(subnet);
        let output = world.ok("CreateNetworkInterface", input.clone());
        assert_eq!(addresses(&output), expected, "{input}");
    }
    assert_eq!(
        world.fails("CreateNetworkInterface", json!({"SubnetId": subnet})),
        "InsufficientFreeAddressesInSubnet"
    );
}

#[test]
fn wrong_wishes_are_refused() {
    let (mut world, vpc, subnet) = setting();
    let elsewhere = world.vpc("10.1.0.0/16");
    let far_group = world.group(&elsewhere, "far");
    let groups: Vec<String> = (0..6).map(|number| world.group(&vpc, &format!("g{number}"))).collect();
    world.ok("CreateNetworkInterface", json!({"SubnetId": subnet, "PrivateIpAddress": "10.0.0.4"}));
    let pair = json!([{"PrivateIpAddress": "10.0.0.9"}, {"PrivateIpAddress": "10.0.0.9"}]);
    let primaries = json!([
        {"PrivateIpAddress": "10.0.0.8", "Primary": true}, {"PrivateIpAddress": "10.0.0.9", "Primary": true}
    ]);
    for (mut input, code) in [
        (json!({"PrivateIpAddress": "10.0.0.4"}), "InvalidIPAddress.InUse"),
        (json!({"PrivateIpAddress": "10.0.1.4"}), "InvalidParameterValue"),
        (json!({"PrivateIpAddress": "10.0.0.0"}), "InvalidParameterValue"),
        (json!({"PrivateIpAddress": "10.0.0.3"}), "InvalidParameterValue"),
        (json!({"PrivateIpAddress": "10.0.0.15"}), "InvalidParameterValue"),
        (json!({"PrivateIpAddress": "ten"}), "InvalidParameterValue"),
        (json!({"PrivateIpAddresses": pair}), "InvalidParameterValue"),
        (json!({"PrivateIpAddresses": primaries}), "InvalidParameterCombination"),
        (json!({"SecondaryPrivateIpAddressCount": -1}), "InvalidParameterValue"),
        (json!({"SecondaryPrivateIpAddressCount": 50}), "PrivateIpAddressLimitExceeded"),
        (
            json!({"SecondaryPrivateIpAddressCount": 1, "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.9"}]}),
            "InvalidParameterCombination",
        ),
        (json!({"Ipv6AddressCount": 1}), "InvalidParameterValue"),
        (json!({"Groups": ["sg-0"]}), "InvalidGroup.NotFound"),
        (json!({"Groups": [far_group]}), "InvalidParameter"),
        (json!({"Groups": groups}), "SecurityGroupsPerInterfaceLimitExceeded"),
        (json!({"InterfaceType": "efa"}), "UnsupportedOperation"),
        (json!({"SubnetId": "subnet-0"}), "InvalidSubnetID.NotFound"),
    ] {
        if input["SubnetId"].is_null() {
            input["SubnetId"] = json!(subnet);
        }
        assert_eq!(world.fails("CreateNetworkInterface", input.clone()), code, "{input}");
    }
}

#[test]
fn shown_as_in_aws() {
    let (mut world, vpc, subnet) = setting();
    let interface = world.interface(&subnet);
    let shown = world.ok("DescribeNetworkInterfaces", json!({"NetworkInterfaceIds": [interface]}));
    let shown = &shown["NetworkInterfaces"][0];
    assert_eq!(shown["Status"], "available");
    assert_eq!(shown["PrivateDnsName"], "ip-10-0-0-4.ec2.internal");
    assert_eq!(shown["Groups"][0]["GroupName"], "default");
    assert_eq!(shown["SourceDestCheck"], true);
    let mac = id(&shown["MacAddress"]);
    assert_eq!((mac.len(), &mac[..3], &mac[3..5]), (17, "02:", &interface[4..6]));
    for (name, value) in [
        ("vpc-id", vpc.as_str()),
        ("subnet-id", &subnet),
        ("status", "available"),
        ("group-name", "default"),
        ("private-ip-address", "10.0.0.*"),
        ("addresses.primary", "true"),
        ("mac-address", &mac),
    ] {
        let found =
            world.ok("DescribeNetworkInterfaces", json!({"Filters": [{"Name": name, "Values": [value]}]}));
        assert_eq!(
            each(&found["NetworkInterfaces"], "NetworkInterfaceId"),
            std::slice::from_ref(&interface),
            "{name}"
        );
    }
    let none = json!({"Filters": [{"Name": "association.allocation-id", "Values": ["*"]}]});
    assert_eq!(world.ok("DescribeNetworkInterfaces", none)["NetworkInterfaces"], json!([]));
}

#[test]
fn attributes_change_one_at_a_time() {
    let (mut world, vpc, subnet) = setting();
    let (interface, group) = (world.interface(&subnet), world.group(&vpc, "web"));
    for change in [
        json!({"Groups": [group, group]}),
        json!({"SourceDestCheck": {"Value": false}}),
        json!({"Description": {"Value": "router"}}),
    ] {
        let mut input = change;
        input["NetworkInterfaceId"] = json!(interface);
        world.ok("ModifyNetworkInterfaceAttribute", input);
    }
    let record = world.reader().get::<NetworkInterface>(&interface).unwrap().clone();
    assert_eq!(
        (record.groups, record.source_dest_check, record.description.as_str()),
        (vec![group.clone()], false, "router")
    );
    let named = |field: &str, value: Value| json!({"NetworkInterfaceId": interface, field: value});
    let both =
        json!({"NetworkInterfaceId": interface, "Groups": [group], "SourceDestCheck": {"Value": true}});
    world.refuses(
        "ModifyNetworkInterfaceAttribute",
        [
            (json!({"NetworkInterfaceId": interface}), "MissingParameter"),
            (both, "InvalidParameterCombination"),
            (named("Groups", json!(["sg-0"])), "InvalidGroup.NotFound"),
            (named("Attachment", json!({"AttachmentId": "eni-attach-0"})), "InvalidAttachmentID.NotFound"),
            (named("EnablePrimaryIpv6", json!(true)), "UnsupportedOperation"),
        ],
    );
}

#[test]
fn instances_take_and_release() {
    let (mut world, vpc, subnet_id) = setting();
    let new =
        || NewInterface { subnet_id: subnet_id.clone(), public_address: true, ..NewInterface::default() };
    let to = |index, delete_on_termination| Attach {
        instance_id: "i-1".into(),
        device_index: index,
        delete_on_termination,
    };
    let (own, record) = world.change(|cx| create(cx, new())).unwrap();
    let kept = world.interface(&subnet_id);
    world.change(|cx| attach(cx, &kept, to(1, false))).unwrap();
    world.change(|cx| attach(cx, &own, to(0, true))).unwrap();
    let mut fail = |id: &str, index| world.change(|cx| attach(cx, id, to(index, true))).unwrap_err().code;
    assert_eq!(fail(&own, 2), "InvalidNetworkInterface.InUse");
    let spare = world.interface(&subnet_id);
    let mut fail = |id: &str, index| world.change(|cx| attach(cx, id, to(index, true))).unwrap_err().code;
    assert_eq!(fail(&spare, 1), "InvalidParameterValue");

    let reader = world.reader();
    let held: Vec<&str> = of_instance("i-1", &reader).iter().map(|found| found.key.id()).collect();
    assert_eq!(held, [own.as_str(), &kept]);
    let public = record.public_address.unwrap();
    assert_eq!(with_public_address(public, &reader).unwrap().key.id(), own);
    assert_eq!(
        world.fails("DeleteNetworkInterface", json!({"NetworkInterfaceId": own})),
        "InvalidParameterValue"
    );

    let group = crate::security_group::default_of(&vpc, &reader).unwrap();
    assert_eq!(member_addresses(&group, &reader).len(), 3);
    world
        .change(|cx| {
            release(cx, "i-1");
            Ok(())
        })
        .unwrap();
    let reader = world.reader();
    assert!(reader.get::<NetworkInterface>(&own).is_none());
    assert!(reader.get::<NetworkInterface>(&kept).unwrap().attachment.is_none());
    assert!(with_public_address(public, &reader).is_none());
}

#[test]
fn public_addresses_are_one_pool_for_all_accounts() {
    let (mut world, _, subnet_id) = setting();
    let new = |subnet_id: &str| NewInterface {
        subnet_id: subnet_id.to_owned(),
        public_address: true,
        ..NewInterface::default()
    };
    let mut taken: Vec<Ipv4Addr> = Vec::new();
    for _ in 0..5 {
        taken.extend(world.change(|cx| create(cx, new(&subnet_id))).unwrap().1.public_address);
    }
    let theirs = world.as_account("999999999999", |world| {
        let vpc = world.vpc("10.0.0.0/16");
        let subnet_id = world.subnet(&vpc, "10.0.0.0/24");
        let all: Vec<Ipv4Addr> = (0..9)
            .filter_map(|_| world.change(|cx| create(cx, new(&subnet_id))).unwrap().1.public_address)
            .collect();
        assert_eq!(world.change(|cx| create(cx, new(&subnet_id))).unwrap_err().code, "AddressLimitExceeded");
        all
    });
    taken.extend(theirs);
    taken.sort();
    let expected: Vec<Ipv4Addr> = (1..15).map(|last| Ipv4Addr::new(198, 18, 0, last)).collect();
    assert_eq!(taken, expected);
}

#[test]
fn secondary_addresses_come_and_go() {
    let (mut world, _, subnet) = setting();
    let (one, other) = (world.interface(&subnet), world.interface(&subnet));
    let assign = |id: &str, addresses: Value, number: Value, allow: bool| {
        json!({
            "NetworkInterfaceId": id, "PrivateIpAddresses": addresses, "SecondaryPrivateIpAddressCount": number,
            "AllowReassignment": allow,
        })
    };
    let of = |world: &mut World, id: &str| {
        let held = world.reader().get::<NetworkInterface>(id).unwrap().private_addresses.clone();
        held.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    world.ok("AssignPrivateIpAddresses", assign(&one, json!(["10.0.0.9", "10.0.0.8"]), Value::Null, false));
    world.ok("AssignPrivateIpAddresses", assign(&one, json!(["10.0.0.9"]), Value::Null, false));
    assert_eq!(of(&mut world, &one), "10.0.0.4 10.0.0.9 10.0.0.8");
    world.ok("AssignPrivateIpAddresses", assign(&other, Value::Null, json!(2), false));
    assert_eq!(of(&mut world, &other), "10.0.0.5 10.0.0.6 10.0.0.7");
    world.refuses(
        "AssignPrivateIpAddresses",
        [
            (assign(&other, json!(["10.0.0.9"]), Value::Null, false), "InvalidIPAddress.InUse"),
            (assign(&other, json!(["10.0.0.4"]), Value::Null, true), "InvalidParameterValue"),
            (assign(&other, json!(["10.0.0.3"]), Value::Null, false), "InvalidParameterValue"),
            (assign(&other, json!(["10.0.0.10", "10.0.0.10"]), Value::Null, false), "InvalidParameterValue"),
            (assign(&other, Value::Null, Value::Null, false), "MissingParameter"),
            (assign(&other, json!(["10.0.0.10"]), json!(1), false), "InvalidParameterCombination"),
            (assign(&other, Value::Null, json!(20), false), "InsufficientFreeAddressesInSubnet"),
            (assign(&other, Value::Null, json!(60), false), "PrivateIpAddressLimitExceeded"),
            (assign("eni-0", Value::Null, json!(1), false), "InvalidNetworkInterfaceID.NotFound"),
        ],
    );
    world.ok("AssignPrivateIpAddresses", assign(&other, json!(["10.0.0.9"]), Value::Null, true));
    assert_eq!(
        (of(&mut world, &one), of(&mut world, &other)),
        ("10.0.0.4 10.0.0.8".to_owned(), "10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.9".to_owned())
    );
    let take = |addresses: Value| json!({"NetworkInterfaceId": other, "PrivateIpAddresses": addresses});
    world.refuses(
        "UnassignPrivateIpAddresses",
        [
            (take(json!(["10.0.0.5"])), "InvalidParameterValue"),
            (take(json!(["10.0.0.6", "10.0.0.8"])), "InvalidParameterValue"),
            (take(Value::Null), "MissingParameter"),
        ],
    );
    world.ok("UnassignPrivateIpAddresses", take(json!(["10.0.0.6", "10.0.0.9"])));
    assert_eq!(of(&mut world, &other), "10.0.0.5 10.0.0.7");
}

#[test]
fn attributes_are_shown_one_at_a_time_and_reset() {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let interface = world.interface(&subnet);
    let change = json!({"NetworkInterfaceId": interface, "SourceDestCheck": {"Value": false}});
    world.ok("ModifyNetworkInterfaceAttribute", change);
    let ask = |attribute: &str| json!({"NetworkInterfaceId": interface, "Attribute": attribute});
    for (attribute, expected) in [
        ("sourceDestCheck", json!({"SourceDestCheck": {"Value": false}})),
        ("description", json!({"Description": {"Value": ""}})),
        ("attachment", json!({})),
    ] {
        let mut expected = expected;
        expected["NetworkInterfaceId"] = json!(interface);
        assert_eq!(world.ok("DescribeNetworkInterfaceAttribute", ask(attribute)), expected);
    }
    let groups = world.ok("DescribeNetworkInterfaceAttribute", ask("groupSet"))["Groups"].clone();
    assert_eq!(groups[0]["GroupName"], "default");
    let reset = json!({"NetworkInterfaceId": interface, "SourceDestCheck": "sourceDestCheck"});
    world.ok("ResetNetworkInterfaceAttribute", reset);
    let shown = world.ok("DescribeNetworkInterfaceAttribute", ask("sourceDestCheck"));
    assert_eq!(shown["SourceDestCheck"], json!({"Value": true}));
    let nothing = json!({"NetworkInterfaceId": interface});
    assert_eq!(world.fails("ResetNetworkInterfaceAttribute", nothing.clone()), "MissingParameter");
    assert_eq!(world.fails("DescribeNetworkInterfaceAttribute", nothing), "MissingParameter");
}
