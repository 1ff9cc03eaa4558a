use super::of;
use crate::SERVICE;
use crate::tests::World;
use controlplane_services_kernel::service::Action;
use controlplane_services_kernel::{Access, WireRequest};
use controlplane_wire::{Call, client, model};
use serde_json::{Value, json};

/// What policies are asked before a request runs.
fn asked(world: &mut World, action: &str, input: &Value) -> Vec<Access> {
    let service = model::by_signing_name("ec2").unwrap();
    let operation = service.operation(action).unwrap();
    let (parts, body) = client::request(service, operation, input).unwrap().into_parts();
    let call = Call { service, operation };
    let request = WireRequest { call: &call, parts: &parts, body: &body };
    let entry = SERVICE.operations.iter().find(|entry| entry.name == action).unwrap();
    match entry.action {
        Action::Write(decode) => decode(&request).unwrap().accesses(of, &world.reader()),
        Action::Read(decode) => decode(&request).unwrap().accesses(of, &world.reader()),
    }
}

/// Resources as `type/id`, each behind its own action where that is another.
fn resources(world: &mut World, action: &str, input: &Value) -> Vec<String> {
    let shown = |access: Access| {
        let resource = access.resource.rsplit(':').next().unwrap_or_default().to_owned();
        access.action.map_or(resource.clone(), |action| format!("{action} {resource}"))
    };
    asked(world, action, input).into_iter().map(shown).collect()
}

fn fact(access: &Access, key: &str) -> Option<String> {
    access.facts.iter().find(|(name, _)| name == key).map(|(_, values)| values.join(","))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn an_action_is_about_what_it_names() {
    let mut world = World::new();
    let subnets = world.ok("DescribeSubnets", json!({}));
    let (subnet, vpc) = (text(&subnets["Subnets"][0]["SubnetId"]), text(&subnets["Subnets"][0]["VpcId"]));
    let tables = world.ok("DescribeRouteTables", json!({}));
    let table = text(&tables["RouteTables"][0]["RouteTableId"]);
    let association = text(&tables["RouteTables"][0]["Associations"][0]["RouteTableAssociationId"]);
    let group =
        world.ok("CreateSecurityGroup", json!({"GroupName": "web", "Description": "i-0123456789abcdef0"}));
    let group = text(&group["GroupId"]);
    let address = text(&world.ok("AllocateAddress", json!({}))["AllocationId"]);
    let instance = "i-0123456789abcdef0";
    for (action, input, expected) in [
        ("DescribeInstances", json!({"InstanceIds": [instance]}), vec!["*".to_owned()]),
        (
            "DescribeInstanceAttribute",
            json!({"InstanceId": instance, "Attribute": "userData"}),
            vec![format!("instance/{instance}")],
        ),
        ("StopInstances", json!({"InstanceIds": [instance, instance]}), vec![format!("instance/{instance}")]),
        ("CreateVpc", json!({"CidrBlock": "10.1.0.0/16"}), vec!["vpc/*".to_owned()]),
        (
            "CreateSubnet",
            json!({"VpcId": vpc, "CidrBlock": "10.1.0.0/24"}),
            vec![format!("vpc/{vpc}"), "subnet/*".to_owned()],
        ),
        ("DeleteSubnet", json!({"SubnetId": subnet}), vec![format!("subnet/{subnet}")]),
        (
            "CreateSecurityGroup",
            json!({"VpcId": vpc, "GroupName": "web", "Description": instance}),
            vec![format!("vpc/{vpc}"), "security-group/*".to_owned()],
        ),
        ("DeleteSecurityGroup", json!({"GroupName": "web"}), vec![format!("security-group/{group}")]),
        (
            "AuthorizeSecurityGroupIngress",
            json!({"GroupId": group, "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-0123"}]}]}),
            vec![format!("security-group/{group}")],
        ),
        (
            "CreateRoute",
            json!({"RouteTableId": table, "GatewayId": "igw-0123", "DestinationCidrBlock": "0.0.0.0/0"}),
            vec![format!("route-table/{table}")],
        ),
        (
            "DisassociateRouteTable",
            json!({"AssociationId": association}),
            vec![format!("route-table/{table}")],
        ),
        ("DeleteKeyPair", json!({"KeyName": "laptop"}), vec!["key-pair/laptop".to_owned()]),
        (
            "DeregisterImage",
            json!({"ImageId": "ami-0123456789abcdef0"}),
            vec!["image/ami-0123456789abcdef0".to_owned()],
        ),
        (
            "CreateManagedPrefixList",
            json!({"PrefixListName": instance, "AddressFamily": "IPv4", "MaxEntries": 1}),
            vec!["prefix-list/*".to_owned()],
        ),
        (
            "ModifyManagedPrefixList",
            json!({"PrefixListId": "pl-0123", "PrefixListName": "new"}),
            vec!["prefix-list/pl-0123".to_owned()],
        ),
        (
            "GetManagedPrefixListEntries",
            json!({"PrefixListId": "pl-0123"}),
            vec!["prefix-list/pl-0123".to_owned()],
        ),
        (
            "CreateDhcpOptions",
            json!({"DhcpConfigurations": [{"Key": "domain-name", "Values": [instance]}]}),
            vec!["dhcp-options/*".to_owned()],
        ),
        (
            "AssociateDhcpOptions",
            json!({"DhcpOptionsId": "dopt-0123", "VpcId": vpc}),
            vec!["dhcp-options/dopt-0123".to_owned(), format!("vpc/{vpc}")],
        ),
        (
            "AssociateDhcpOptions",
            json!({"DhcpOptionsId": "default", "VpcId": vpc}),
            vec![format!("vpc/{vpc}")],
        ),
        ("ReleaseAddress", json!({"AllocationId": address}), vec![format!("elastic-ip/{address}")]),
        (
            "CreateTags",
            json!({"Resources": [vpc, subnet], "Tags": [{"Key": "i-0123", "Value": "i-0123"}]}),
            vec![format!("subnet/{subnet}"), format!("vpc/{vpc}")],
        ),
    ] {
        assert_eq!(resources(&mut world, action, &input), expected, "{action}");
    }
    let arn = &asked(&mut world, "DeregisterImage", &json!({"ImageId": "ami-0123"}))[0].resource;
    assert_eq!(arn, "arn:aws:ec2:us-east-1::image/ami-0123", "images are of no account");
}

#[test]
fn conditions_know_tags_and_types() {
    let mut world = World::new();
    let subnets = world.ok("DescribeSubnets", json!({}));
    let subnet = text(&subnets["Subnets"][0]["SubnetId"]);
    world.ok("CreateTags", json!({"Resources": [subnet], "Tags": [{"Key": "team", "Value": "blue"}]}));
    let named = asked(&mut world, "DeleteSubnet", &json!({"SubnetId": subnet})).remove(0);
    for key in ["aws:ResourceTag/team", "ec2:ResourceTag/team"] {
        assert_eq!(fact(&named, key).as_deref(), Some("blue"), "{key}");
    }
    assert_eq!(fact(&named, "ec2:Region").as_deref(), Some("us-east-1"));
    let tags = json!([{"ResourceType": "vpc", "Tags": [{"Key": "team", "Value": "red"}, {"Key": "x", "Value": "1"}]}]);
    let made =
        asked(&mut world, "CreateVpc", &json!({"CidrBlock": "10.1.0.0/16", "TagSpecifications": tags}));
    assert_eq!(made.len(), 2);
    assert_eq!(fact(&made[0], "aws:RequestTag/team").as_deref(), Some("red"));
    assert_eq!(fact(&made[0], "aws:TagKeys").as_deref(), Some("team,x"));
    assert_eq!(
        (made[1].action, fact(&made[1], "ec2:CreateAction").as_deref()),
        (Some("ec2:CreateTags"), Some("CreateVpc"))
    );
    let tagged = json!({"Resources": [subnet], "Tags": [{"Key": "team", "Value": "green"}]});
    let tagged = asked(&mut world, "CreateTags", &tagged).remove(0);
    assert_eq!(fact(&tagged, "aws:RequestTag/team").as_deref(), Some("green"));
    assert_eq!(fact(&tagged, "aws:ResourceTag/team").as_deref(), Some("blue"));
}

/// What a template hides from the request is asked about like everything else.
#[test]
fn a_launch_is_about_everything_in_it() {
    let mut world = World::new();
    let subnets = world.ok("DescribeSubnets", json!({}));
    let subnet = text(&subnets["Subnets"][0]["SubnetId"]);
    let data = json!({
        "ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.micro", "KeyName": "laptop",
        "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "blue"}]}],
    });
    let made =
        world.ok("CreateLaunchTemplate", json!({"LaunchTemplateName": "web", "LaunchTemplateData": data}));
    let template = text(&made["LaunchTemplate"]["LaunchTemplateId"]);
    let input = json!({
        "MinCount": 1, "MaxCount": 1, "SubnetId": subnet, "LaunchTemplate": {"LaunchTemplateName": "web"},
    });
    let expected = [
        "image/ami-0123456789abcdef0".to_owned(),
        "key-pair/laptop".to_owned(),
        format!("launch-template/{template}"),
        format!("subnet/{subnet}"),
        "instance/*".to_owned(),
        "ec2:CreateTags instance/*".to_owned(),
        "network-interface/*".to_owned(),
    ];
    assert_eq!(resources(&mut world, "RunInstances", &input), expected);
    // A launch that names no subnet may come to lie in each of the default ones.
    let anywhere = json!({"MinCount": 1, "MaxCount": 1, "ImageId": "ami-0123"});
    let mut subnets: Vec<String> = resources(&mut world, "RunInstances", &anywhere);
    subnets.retain(|resource| resource.starts_with("subnet/"));
    assert_eq!(subnets.len(), 2, "one in each zone");
    let accesses = asked(&mut world, "RunInstances", &input);
    let instance = accesses.iter().find(|access| access.resource.ends_with("instance/*")).unwrap();
    assert_eq!(fact(instance, "ec2:InstanceType").as_deref(), Some("t3.micro"));
    assert_eq!(fact(instance, "aws:RequestTag/team").as_deref(), Some("blue"));
}
