use super::*;
use crate::tests::{World, each, id};
use controlplane_services_kernel::Declarative;
use serde_json::{Value, json};

fn setting() -> (World, String, String) {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let group = world.group(&vpc, "web");
    (world, vpc, group)
}

fn tcp(port: i32, cidr: &str) -> Value {
    json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]})
}

fn shown(world: &mut World, group: &str) -> Value {
    world.ok("DescribeSecurityGroups", json!({"GroupIds": [group]}))["SecurityGroups"][0].clone()
}

#[test]
fn names_are_unique_in_a_vpc() {
    let (mut world, vpc, _) = setting();
    let group =
        |name: &str, description: &str| json!({"VpcId": vpc, "GroupName": name, "Description": description});
    world.refuses(
        "CreateSecurityGroup",
        [
            (group("web", "again"), "InvalidGroup.Duplicate"),
            (group("default", "mine"), "InvalidGroup.Reserved"),
            (group("sg-mine", "mine"), "InvalidParameterValue"),
            (group("w€b", "mine"), "InvalidParameterValue"),
            (group("db", "naïve"), "InvalidParameterValue"),
            (group(&"x".repeat(256), "mine"), "InvalidParameterValue"),
            (json!({"GroupName": "db", "Description": "d"}), "VPCIdNotSpecified"),
            (json!({"VpcId": "vpc-0", "GroupName": "db", "Description": "d"}), "InvalidVpcID.NotFound"),
        ],
    );
    let other = world.vpc("10.1.0.0/16");
    world.group(&other, "web");
}

#[test]
fn rules_come_as_permissions_and_as_rules() {
    let (mut world, vpc, group) = setting();
    let peer = world.group(&vpc, "lb");
    let permissions = json!([
        {
            "IpProtocol": "6", "FromPort": 80, "ToPort": 80,
            "IpRanges": [{"CidrIp": "10.1.2.3/8", "Description": "inside"}],
            "Ipv6Ranges": [{"CidrIpv6": "fd00::1/8"}],
            "UserIdGroupPairs": [{"GroupId": peer}, {"GroupId": group}],
        },
        {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": peer, "UserId": "123456789012"}]},
        {"IpProtocol": "50", "FromPort": 5, "ToPort": 6, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
    ]);
    let input = json!({
        "GroupId": group, "IpPermissions": permissions,
        "TagSpecifications": [{"ResourceType": "security-group-rule", "Tags": [{"Key": "k", "Value": "v"}]}],
    });
    let added = world.ok("AuthorizeSecurityGroupIngress", input)["SecurityGroupRules"].clone();
    assert_eq!(added.as_array().unwrap().len(), 7);
    assert_eq!((&added[0]["CidrIpv4"], &added[0]["Description"]), (&json!("10.0.0.0/8"), &json!("inside")));
    assert_eq!((&added[6]["FromPort"], &added[6]["IpProtocol"]), (&json!(-1), &json!("50")));
    let permissions = shown(&mut world, &group)["IpPermissions"].clone();
    assert_eq!(each(&permissions, "IpProtocol"), ["-1", "50", "icmp", "tcp"]);
    assert_eq!((&permissions[0]["FromPort"], &permissions[2]["FromPort"]), (&Value::Null, &json!(8)));
    assert_eq!(permissions[3]["UserIdGroupPairs"].as_array().unwrap().len(), 2);
    let filter =
        json!({"Filters": [{"Name": "group-id", "Values": [group]}, {"Name": "tag:k", "Values": ["v"]}]});
    let rules = world.ok("DescribeSecurityGroupRules", filter)["SecurityGroupRules"].clone();
    assert_eq!(rules.as_array().unwrap().len(), 7, "not the rule that lets everything out");
    let mut back = permissions;
    for permission in back.as_array_mut().unwrap() {
        permission.as_object_mut().unwrap().remove("PrefixListIds");
    }
    world.ok("RevokeSecurityGroupIngress", json!({"GroupId": group, "IpPermissions": back}));
    assert_eq!(shown(&mut world, &group)["IpPermissions"], json!([]), "what is shown can be revoked");
    let tags = world.ok("DescribeTags", json!({}));
    assert_eq!(tags["Tags"], json!([]), "tags go with their rules");
}

#[test]
fn wrong_rules_are_refused() {
    let (mut world, _, group) = setting();
    let elsewhere = world.vpc("10.1.0.0/16");
    let far = world.group(&elsewhere, "far");
    world.ok(
        "AuthorizeSecurityGroupIngress",
        json!({"GroupId": group, "IpPermissions": [tcp(80, "0.0.0.0/0")]}),
    );
    let any = json!([{"CidrIp": "0.0.0.0/0"}]);
    let ports = |protocol: &str, from: Value, to: Value| json!({"IpProtocol": protocol, "FromPort": from, "ToPort": to, "IpRanges": any});
    let pair = |pair: Value| json!({"IpProtocol": "-1", "UserIdGroupPairs": [pair]});
    let described =
        |text: &str| json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": text}]});
    for (permissions, code) in [
        (json!([tcp(80, "0.0.0.0/0")]), "InvalidPermission.Duplicate"),
        (json!([tcp(81, "0.0.0.0/0"), tcp(80, "10.0.0.0/0")]), "InvalidPermission.Duplicate"),
        (json!([tcp(81, "10.0.0.0/8"), tcp(81, "10.1.0.0/8")]), "InvalidParameterValue"),
        (json!([tcp(81, "10.0.0")]), "InvalidParameterValue"),
        (json!([tcp(81, "fd00::/8")]), "InvalidParameterValue"),
        (json!([ports("tcp", json!(1), Value::Null)]), "InvalidParameterValue"),
        (json!([ports("tcp", json!(2), json!(1))]), "InvalidParameterValue"),
        (json!([ports("tcp", json!(-1), json!(1))]), "InvalidParameterValue"),
        (json!([ports("udp", json!(1), json!(65536))]), "InvalidParameterValue"),
        (json!([ports("icmp", json!(256), json!(0))]), "InvalidParameterValue"),
        (json!([ports("icmp", json!(-1), json!(0))]), "InvalidParameterValue"),
        (json!([ports("ipx", json!(1), json!(1))]), "InvalidParameterValue"),
        (json!([ports("256", json!(1), json!(1))]), "InvalidParameterValue"),
        (json!([{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}]), "MissingParameter"),
        (json!([{"FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]), "MissingParameter"),
        (json!([pair(json!({"GroupId": "sg-0"}))]), "InvalidGroup.NotFound"),
        (json!([pair(json!({"GroupId": far}))]), "InvalidGroup.NotFound"),
        (json!([pair(json!({"GroupId": group, "UserId": "999999999999"}))]), "InvalidParameterValue"),
        (json!([pair(json!({"GroupId": group, "VpcId": elsewhere}))]), "InvalidParameterValue"),
        (json!([pair(json!({"UserId": "123456789012"}))]), "MissingParameter"),
        (json!([described("naïve")]), "InvalidParameterValue"),
        (json!([described(&"x".repeat(256))]), "InvalidParameterValue"),
        (json!([]), "MissingParameter"),
    ] {
        let input = json!({"GroupId": group, "IpPermissions": permissions});
        assert_eq!(world.fails("AuthorizeSecurityGroupIngress", input), code, "{permissions}");
    }
    assert_eq!(shown(&mut world, &group)["IpPermissions"].as_array().unwrap().len(), 1);
}

#[test]
fn one_permission_in_the_request_itself() {
    let (mut world, _, group) = setting();
    let flat =
        json!({"GroupId": group, "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"});
    world.ok("AuthorizeSecurityGroupIngress", flat.clone());
    let mut both = flat.clone();
    both["IpPermissions"] = json!([tcp(80, "0.0.0.0/0")]);
    world.refuses(
        "AuthorizeSecurityGroupIngress",
        [
            (flat.clone(), "InvalidPermission.Duplicate"),
            (both, "InvalidParameterCombination"),
            (json!({"GroupId": group, "GroupName": "web"}), "InvalidParameterCombination"),
            (json!({"IpProtocol": "tcp"}), "MissingParameter"),
        ],
    );
    world.ok("RevokeSecurityGroupIngress", flat);
    assert_eq!(shown(&mut world, &group)["IpPermissions"], json!([]));
}

#[test]
fn sixty_rules_a_direction() {
    let (mut world, _, group) = setting();
    let permissions =
        |ports: std::ops::Range<i32>| -> Vec<Value> { ports.map(|port| tcp(port, "0.0.0.0/0")).collect() };
    let input = |ports| json!({"GroupId": group, "IpPermissions": permissions(ports)});
    world.ok("AuthorizeSecurityGroupIngress", input(0..60));
    assert_eq!(
        world.fails("AuthorizeSecurityGroupIngress", input(60..61)),
        "RulesPerSecurityGroupLimitExceeded"
    );
    assert_eq!(
        world.fails("AuthorizeSecurityGroupEgress", input(0..60)),
        "RulesPerSecurityGroupLimitExceeded"
    );
    world.ok("AuthorizeSecurityGroupEgress", input(0..59));
}

#[test]
fn revoking_what_is_not_there() {
    let (mut world, _, group) = setting();
    let added = world.ok(
        "AuthorizeSecurityGroupIngress",
        json!({"GroupId": group, "IpPermissions": [tcp(80, "0.0.0.0/0")]}),
    );
    let rule = id(&added["SecurityGroupRules"][0]["SecurityGroupRuleId"]);
    let absent = json!([tcp(80, "0.0.0.0/0"), tcp(81, "0.0.0.0/0")]);
    let ids = |ids: Value| json!({"GroupId": group, "SecurityGroupRuleIds": ids});
    world.refuses(
        "RevokeSecurityGroupIngress",
        [
            (json!({"GroupId": group, "IpPermissions": absent}), "InvalidPermission.NotFound"),
            (ids(json!(["sgr-0"])), "InvalidSecurityGroupRuleId.NotFound"),
            (ids(json!(["rule"])), "InvalidSecurityGroupRuleId.Malformed"),
            (
                json!({"GroupId": group, "SecurityGroupRuleIds": [rule], "IpPermissions": absent}),
                "InvalidParameterCombination",
            ),
            (json!({"GroupId": group}), "MissingParameter"),
        ],
    );
    assert_eq!(
        world.fails("RevokeSecurityGroupEgress", ids(json!([rule]))),
        "InvalidSecurityGroupRuleId.NotFound"
    );
    let revoked = world.ok("RevokeSecurityGroupIngress", ids(json!([rule])));
    assert_eq!(revoked["RevokedSecurityGroupRules"][0]["CidrIpv4"], "0.0.0.0/0");

    let mut world = World::new();
    let input = json!({"GroupName": "default", "IpPermissions": [tcp(81, "0.0.0.0/0")]});
    let output = world.ok("RevokeSecurityGroupIngress", input);
    assert_eq!(output["UnknownIpPermissions"][0]["FromPort"], 81, "the default VPC only reports it");
}

#[test]
fn rules_change_in_place() {
    let (mut world, vpc, group) = setting();
    let other = world.group(&vpc, "other");
    let permissions = json!([tcp(80, "0.0.0.0/0"), tcp(81, "0.0.0.0/0")]);
    let added =
        world.ok("AuthorizeSecurityGroupIngress", json!({"GroupId": group, "IpPermissions": permissions}));
    let rule = id(&added["SecurityGroupRules"][0]["SecurityGroupRuleId"]);
    let modify = |group: &str, request: Value| {
        let update = json!({"SecurityGroupRuleId": rule, "SecurityGroupRule": request});
        json!({"GroupId": group, "SecurityGroupRules": [update]})
    };
    let to =
        |port: i32| json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIpv4": "0.0.0.0/0"});
    world.ok("ModifySecurityGroupRules", modify(&group, to(82)));
    world.refuses(
        "ModifySecurityGroupRules",
        [
            (modify(&group, to(81)), "InvalidPermission.Duplicate"),
            (modify(&other, to(83)), "InvalidSecurityGroupRuleId.NotFound"),
            (modify(&group, json!({"IpProtocol": "-1"})), "InvalidParameterCombination"),
            (modify(&group, json!({"CidrIpv4": "0.0.0.0/0"})), "MissingParameter"),
        ],
    );
    let describe = json!({
        "GroupId": group,
        "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": rule, "Description": "new"}],
    });
    world.ok("UpdateSecurityGroupRuleDescriptionsIngress", describe.clone());
    assert_eq!(
        world.fails("UpdateSecurityGroupRuleDescriptionsEgress", describe),
        "InvalidSecurityGroupRuleId.NotFound"
    );
    let shown = world.ok("DescribeSecurityGroupRules", json!({"SecurityGroupRuleIds": [rule]}));
    let shown = &shown["SecurityGroupRules"][0];
    assert_eq!((&shown["FromPort"], &shown["Description"]), (&json!(82), &json!("new")));
    let everything =
        json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "out"}]}]);
    world.ok(
        "UpdateSecurityGroupRuleDescriptionsEgress",
        json!({"GroupId": group, "IpPermissions": everything}),
    );
}

#[test]
fn a_group_in_use_stays() {
    let (mut world, vpc, group) = setting();
    let other = world.group(&vpc, "other");
    let pair = |peer: &str| json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": peer}]}]);
    for owner in [&group, &other] {
        let input = json!({"GroupId": owner, "IpPermissions": pair(&group)});
        world.ok("AuthorizeSecurityGroupIngress", input);
    }
    let delete = json!({"GroupId": group});
    assert_eq!(world.fails("DeleteSecurityGroup", delete.clone()), "DependencyViolation");
    world.ok("RevokeSecurityGroupIngress", json!({"GroupId": other, "IpPermissions": pair(&group)}));
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let interface = world.ok("CreateNetworkInterface", json!({"SubnetId": subnet, "Groups": [group]}));
    assert_eq!(world.fails("DeleteSecurityGroup", delete.clone()), "DependencyViolation");
    let interface = &interface["NetworkInterface"]["NetworkInterfaceId"];
    world.ok("DeleteNetworkInterface", json!({"NetworkInterfaceId": interface}));
    world.ok("DeleteSecurityGroup", delete);
    assert_eq!(
        rules_of(&group, &world.reader()).count(),
        0,
        "its rules go with it, the one about itself included"
    );
    let default = default_of(&vpc, &world.reader()).unwrap();
    assert_eq!(world.fails("DeleteSecurityGroup", json!({"GroupId": default})), "CannotDelete");
}

const MANIFEST: &str = "
kind: vpc
metadata: {name: main}
spec: {cidrBlock: 10.0.0.0/16}
---
kind: security_group
metadata: {name: web}
spec:
  description: web servers
  vpcId: main
  ingress:
    - {ipProtocol: tcp, fromPort: 80, toPort: 80, sourceGroupId: lb}
    - {ipProtocol: tcp, fromPort: 22, toPort: 22, cidrIp: 10.0.0.0/8, description: inside}
---
kind: security_group
metadata: {name: lb}
spec:
  description: load balancers
  vpcId: main
  ingress: [{ipProtocol: tcp, fromPort: 443, toPort: 443, cidrIp: 0.0.0.0/0}]
  egress: [{ipProtocol: tcp, fromPort: 80, toPort: 80, sourceGroupId: web}]
";

fn rules(world: &mut World, group: &str, egress: bool) -> Vec<String> {
    let reader = world.reader();
    let mut rules: Vec<String> = rules_of(group, &reader)
        .filter(|rule| rule.egress == egress)
        .map(|rule| rule.record.to_string())
        .collect();
    rules.sort();
    rules
}

#[test]
fn manifests_may_name_each_other() {
    let mut world = World::empty();
    let ids: Vec<String> = world.apply(MANIFEST).unwrap().into_iter().map(|document| document.id).collect();
    let (web, lb) = (&ids[1], &ids[2]);
    let from_lb = format!("peer: {lb}, TCP, from port: 80, to port: 80, ALLOW");
    let from_inside = "peer: 10.0.0.0/8, TCP, from port: 22, to port: 22, ALLOW".to_owned();
    assert_eq!(rules(&mut world, web, false), [from_inside.clone(), from_lb]);
    assert_eq!(rules(&mut world, web, true), ["peer: 0.0.0.0/0, ALL, ALLOW"]);
    assert_eq!(rules(&mut world, lb, true), [format!("peer: {web}, TCP, from port: 80, to port: 80, ALLOW")]);

    let theirs = json!({"GroupId": web, "IpPermissions": [tcp(9, "10.0.0.0/8")]});
    world.ok("AuthorizeSecurityGroupIngress", theirs);
    let fewer =
        MANIFEST.replace("    - {ipProtocol: tcp, fromPort: 80, toPort: 80, sourceGroupId: lb}\n", "");
    world.apply(&fewer.replace("description: inside", "description: home")).unwrap();
    let others = "peer: 10.0.0.0/8, TCP, from port: 9, to port: 9, ALLOW".to_owned();
    assert_eq!(rules(&mut world, web, false), [from_inside, others], "what others added stays");
    let before = world.size();
    assert!(world.apply(&fewer.replace("description: inside", "description: home")).unwrap().iter().all(
        |document| {
            document.outcome == controlplane_services_kernel::manifest::apply::ApplyOutcome::Unchanged
        }
    ));
    assert_eq!(world.size(), before);
}

#[test]
fn groups_that_name_each_other_go_without_their_rules() {
    let mut world = World::empty();
    let ids: Vec<String> = world.apply(MANIFEST).unwrap().into_iter().map(|document| document.id).collect();
    let delete = |world: &mut World, id: &str| world.change(|cx| SecurityGroup::delete(id, cx).map(|_| ()));
    assert_eq!(delete(&mut world, &ids[1]).unwrap_err().code, "DependencyViolation");
    let documents: Vec<&str> = MANIFEST.split("---").collect();
    let bare: Vec<&str> = documents.iter().map(|text| text.split("  ingress:").next().unwrap()).collect();
    world.apply(&bare.join("\n---\n")).unwrap();
    for id in &ids[1..] {
        delete(&mut world, id).unwrap();
    }
}

#[test]
fn wrong_manifests_are_told() {
    let mut world = World::empty();
    world.apply(MANIFEST).unwrap();
    for (from, to, expected) in [
        ("description: web servers", "description: servers", "spec.description: cannot be changed"),
        (
            "description: web servers",
            "groupName: other\n  description: web servers",
            "spec.groupName: cannot be changed",
        ),
        ("sourceGroupId: lb", "sourceGroupId: bl", "no security_group named \"bl\""),
        ("cidrIp: 10.0.0.0/8", "cidrIp: 10.0.0.0/8, cidrIpv6: '::/0'", "exactly one of cidrIp, cidrIpv6"),
        ("cidrIp: 10.0.0.0/8", "cidrIp: 10.0.0.0/40", "not a valid CIDR block"),
        ("fromPort: 443", "fromPort: 444", "Invalid TCP/UDP port range (444,443)"),
        ("ipProtocol: tcp, fromPort: 443", "protocol: tcp, fromPort: 443", "unknown field `protocol`"),
    ] {
        let error = world.apply(&MANIFEST.replace(from, to)).unwrap_err();
        assert!(error.message.contains(expected), "{to}: {}", error.message);
    }
}

#[test]
fn the_groups_of_a_vpc_can_be_asked_for() {
    let (mut world, vpc, group) = setting();
    let other = world.vpc("10.1.0.0/16");
    world.group(&other, "web");
    let input = json!({"VpcId": vpc, "Filters": [{"Name": "group-name", "Values": ["web"]}]});
    let found = world.ok("GetSecurityGroupsForVpc", input)["SecurityGroupForVpcs"].clone();
    assert_eq!(each(&found, "GroupId"), [group]);
    assert_eq!(found[0]["PrimaryVpcId"], json!(vpc));
    let all = world.ok("GetSecurityGroupsForVpc", json!({"VpcId": vpc}));
    assert_eq!(all["SecurityGroupForVpcs"].as_array().unwrap().len(), 2, "with the default group");
    assert_eq!(world.fails("GetSecurityGroupsForVpc", json!({"VpcId": "vpc-0"})), "InvalidVpcID.NotFound");
}
