use super::*;
use crate::route_table::{Way, in_force};
use crate::security_group::rules_of;
use crate::tests::{World, each, id};
use serde_json::{Value, json};

/// A VPC 10.0.0.0/16 with a gateway, a subnet and a group, and a list with room for five.
struct Setting {
    world: World,
    gateway: String,
    subnet: String,
    table: String,
    group: String,
    list: String,
}

fn new_list(world: &mut World, family: &str, room: i32, cidrs: &[&str]) -> String {
    let entries: Vec<Value> = cidrs.iter().map(|cidr| json!({"Cidr": cidr})).collect();
    let input = json!({
        "PrefixListName": "office", "AddressFamily": family, "MaxEntries": room,
        "Entries": if entries.is_empty() { Value::Null } else { json!(entries) },
    });
    id(&world.ok("CreateManagedPrefixList", input)["PrefixList"]["PrefixListId"])
}

fn setting() -> Setting {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let gateway = world.gateway(&vpc);
    let subnet = world.subnet(&vpc, "10.0.0.0/24");
    let table = id(&world.ok("DescribeRouteTables", json!({}))["RouteTables"][0]["RouteTableId"]);
    let group = world.group(&vpc, "web");
    let list = new_list(&mut world, "IPv4", 5, &["192.0.2.0/24", "198.51.100.7/24"]);
    Setting { world, gateway, subnet, table, group, list }
}

impl Setting {
    fn modify(&mut self, mut change: Value) -> Result<Value, ServiceError> {
        change["PrefixListId"] = json!(self.list);
        self.world.call("ModifyManagedPrefixList", change)
    }

    fn cidrs(&mut self, version: Option<u64>) -> Vec<String> {
        let input = json!({"PrefixListId": self.list, "TargetVersion": version});
        each(&self.world.ok("GetManagedPrefixListEntries", input)["Entries"], "Cidr")
    }

    fn allow(&mut self, list: &str) -> Result<Value, ServiceError> {
        let lists = json!([{"PrefixListId": list, "Description": "them"}]);
        let permission = json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": lists});
        self.world.call(
            "AuthorizeSecurityGroupIngress",
            json!({"GroupId": self.group, "IpPermissions": [permission]}),
        )
    }

    fn route(&mut self, list: &str) -> Result<Value, ServiceError> {
        let gateway = self.gateway.clone();
        self.world.call(
            "CreateRoute",
            json!({"RouteTableId": self.table, "DestinationPrefixListId": list, "GatewayId": gateway}),
        )
    }

    fn ways(&mut self) -> Vec<(String, Way)> {
        let routes = in_force(&self.subnet, &self.world.reader());
        routes.into_iter().map(|route| (route.destination.to_string(), route.way)).collect()
    }
}

#[track_caller]
fn code(result: Result<Value, ServiceError>) -> String {
    result.map(|answer| panic!("succeeded: {answer}")).unwrap_or_else(|error| error.code.into_owned())
}

#[test]
fn lists_are_made_and_shown() {
    let mut setting = setting();
    let input = json!({
        "PrefixListName": "v6", "AddressFamily": "IPv6", "MaxEntries": 1, "ClientToken": "t",
        "Entries": [{"Cidr": "2001:DB8::1/32", "Description": "docs"}],
        "TagSpecifications": [{"ResourceType": "prefix-list", "Tags": [{"Key": "k", "Value": "v"}]}],
    });
    let made = setting.world.ok("CreateManagedPrefixList", input)["PrefixList"].clone();
    let shown =
        setting.world.ok("DescribeManagedPrefixLists", json!({"PrefixListIds": [made["PrefixListId"]]}));
    assert_eq!(shown["PrefixLists"], json!([made]));
    assert_eq!(made["State"], "create-complete");
    assert_eq!((&made["Version"], &made["MaxEntries"]), (&json!(1), &json!(1)));
    assert_eq!(made["Tags"], json!([{"Key": "k", "Value": "v"}]));
    let arn = id(&made["PrefixListArn"]);
    assert_eq!(arn, format!("arn:aws:ec2:us-east-1:123456789012:prefix-list/{}", id(&made["PrefixListId"])));
    let entries =
        setting.world.ok("GetManagedPrefixListEntries", json!({"PrefixListId": made["PrefixListId"]}));
    assert_eq!(entries["Entries"], json!([{"Cidr": "2001:db8::/32", "Description": "docs"}]));
    for (filter, value, count) in [
        ("prefix-list-name", "v6", 1),
        ("prefix-list-id", setting.list.clone().as_str(), 1),
        ("owner-id", "123456789012", 2),
        ("tag:k", "v", 1),
        ("owner-id", "AWS", 0),
    ] {
        let input = json!({"Filters": [{"Name": filter, "Values": [value]}]});
        let found = setting.world.ok("DescribeManagedPrefixLists", input);
        assert_eq!(found["PrefixLists"].as_array().unwrap().len(), count, "{filter}={value}");
    }
}

#[test]
fn slips_are_told() {
    let mut setting = setting();
    let new = |name: &str, family: &str, room: i32, cidrs: &[&str]| {
        let entries: Vec<Value> = cidrs.iter().map(|cidr| json!({"Cidr": cidr})).collect();
        json!({"PrefixListName": name, "AddressFamily": family, "MaxEntries": room, "Entries": entries})
    };
    let long = json!({
        "PrefixListName": "n", "AddressFamily": "IPv4", "MaxEntries": 1,
        "Entries": [{"Cidr": "1.0.0.0/8", "Description": "x".repeat(256)}],
    });
    setting.world.refuses(
        "CreateManagedPrefixList",
        [
            (new("com.amazonaws.mine", "IPv4", 1, &["1.0.0.0/8"]), "InvalidParameterValue"),
            (new("n", "ipv4", 1, &["1.0.0.0/8"]), "InvalidParameterValue"),
            (new("n", "IPv4", 0, &["1.0.0.0/8"]), "InvalidParameterValue"),
            (new("n", "IPv4", 1001, &["1.0.0.0/8"]), "InvalidParameterValue"),
            (new("n", "IPv4", 1, &["fd00::/8"]), "InvalidParameterValue"),
            (new("n", "IPv4", 2, &["1.0.0.0/8", "1.2.3.4/8"]), "InvalidParameterValue"),
            (new("n", "IPv4", 1, &["1.0.0.0/8", "2.0.0.0/8"]), "PrefixListMaxEntriesExceeded"),
            (long, "InvalidParameterValue"),
        ],
    );
    for (change, expected) in [
        (json!({}), "MissingParameter"),
        (json!({"AddEntries": [{"Cidr": "1.0.0.0/8"}]}), "MissingParameter"),
        (json!({"CurrentVersion": 2, "AddEntries": [{"Cidr": "1.0.0.0/8"}]}), "PrefixListVersionMismatch"),
        (
            json!({"CurrentVersion": 1, "AddEntries": [{"Cidr": "192.0.2.0/24"}]}),
            "InvalidPrefixListModification",
        ),
        (
            json!({"CurrentVersion": 1, "RemoveEntries": [{"Cidr": "1.0.0.0/8"}]}),
            "InvalidPrefixListModification",
        ),
        (
            json!({"CurrentVersion": 1, "MaxEntries": 9, "AddEntries": [{"Cidr": "1.0.0.0/8"}]}),
            "InvalidParameterCombination",
        ),
        (
            json!({
                "CurrentVersion": 1, "AddEntries": [{"Cidr": "192.0.2.0/24", "Description": "d"}],
                "RemoveEntries": [{"Cidr": "192.0.2.0/24"}],
            }),
            "InvalidParameterValue",
        ),
        (json!({"MaxEntries": 1}), "PrefixListMaxEntriesExceeded"),
        (json!({"PrefixListName": ""}), "InvalidParameterValue"),
    ] {
        assert_eq!(code(setting.modify(change.clone())), expected, "{change}");
    }
    for (action, input, expected) in [
        ("DeleteManagedPrefixList", json!({"PrefixListId": "pl-0"}), "InvalidPrefixListID.NotFound"),
        ("DeleteManagedPrefixList", json!({"PrefixListId": "sg-0"}), "InvalidPrefixListId.Malformed"),
        (
            "GetManagedPrefixListEntries",
            json!({"PrefixListId": setting.list, "TargetVersion": 2}),
            "InvalidParameterValue",
        ),
        (
            "RestoreManagedPrefixListVersion",
            json!({"PrefixListId": setting.list, "PreviousVersion": 1, "CurrentVersion": 1}),
            "InvalidParameterValue",
        ),
    ] {
        assert_eq!(setting.world.fails(action, input), expected, "{action}");
    }
}

#[test]
fn changes_of_entries_are_versions() {
    let mut setting = setting();
    let change = json!({
        "CurrentVersion": 1, "AddEntries": [{"Cidr": "1.0.0.0/8"}, {"Cidr": "192.0.2.0/24", "Description": "d"}],
        "RemoveEntries": [{"Cidr": "198.51.100.0/24"}],
    });
    let modified = setting.modify(change).unwrap()["PrefixList"].clone();
    assert_eq!((&modified["Version"], &modified["State"]), (&json!(2), &json!("modify-complete")));
    let renamed = setting.modify(json!({"PrefixListName": "home", "MaxEntries": 4})).unwrap();
    assert_eq!(renamed["PrefixList"]["Version"], 2, "neither name nor room is a version");
    assert_eq!(renamed["PrefixList"]["PrefixListName"], "home");
    assert_eq!(setting.cidrs(None), ["1.0.0.0/8", "192.0.2.0/24"]);
    assert_eq!(setting.cidrs(Some(1)), ["192.0.2.0/24", "198.51.100.0/24"]);
    let restore = json!({"PrefixListId": setting.list, "PreviousVersion": 1, "CurrentVersion": 2});
    let restored = setting.world.ok("RestoreManagedPrefixListVersion", restore)["PrefixList"].clone();
    assert_eq!((&restored["Version"], &restored["State"]), (&json!(3), &json!("restore-complete")));
    assert_eq!(setting.cidrs(None), ["192.0.2.0/24", "198.51.100.0/24"]);
}

#[test]
fn old_versions_go() {
    let mut setting = setting();
    for number in 1..=KEPT_VERSIONS {
        let (kept, cidr) =
            if number % 2 == 1 { ("AddEntries", "1.0.0.0/8") } else { ("RemoveEntries", "1.0.0.0/8") };
        setting.modify(json!({"CurrentVersion": number, kept: [{"Cidr": cidr}]})).unwrap();
    }
    let reader = setting.world.reader();
    let kept: Vec<String> =
        PrefixListVersion::all(&setting.list, &reader).map(|version| version.key.id().to_owned()).collect();
    assert_eq!(kept.len() as u64, KEPT_VERSIONS);
    assert_eq!(kept[0], PrefixListVersion::id(&setting.list, 2));
}

#[test]
fn entries_come_in_pages() {
    let mut setting = setting();
    let page = json!({"PrefixListId": setting.list, "MaxResults": 1});
    let first = setting.world.ok("GetManagedPrefixListEntries", page);
    let page = json!({"PrefixListId": setting.list, "MaxResults": 1, "NextToken": first["NextToken"]});
    let second = setting.world.ok("GetManagedPrefixListEntries", page.clone());
    assert_eq!(each(&first["Entries"], "Cidr"), ["192.0.2.0/24"]);
    assert_eq!(each(&second["Entries"], "Cidr"), ["198.51.100.0/24"]);
    assert!(second.get("NextToken").is_none());
    setting.modify(json!({"CurrentVersion": 1, "AddEntries": [{"Cidr": "1.0.0.0/8"}]})).unwrap();
    assert_eq!(
        setting.world.fails("GetManagedPrefixListEntries", page),
        "InvalidNextToken",
        "another version"
    );
}

#[test]
fn rules_refer_to_lists() {
    let mut setting = setting();
    let list = setting.list.clone();
    let made = setting.allow(&list).unwrap();
    assert_eq!(made["SecurityGroupRules"][0]["PrefixListId"], json!(list));
    assert_eq!(code(setting.allow(&list)), "InvalidPermission.Duplicate");
    assert_eq!(code(setting.allow("pl-0")), "InvalidPrefixListID.NotFound");
    let filter = json!({"Filters": [{"Name": "ip-permission.prefix-list-id", "Values": [list]}]});
    let groups = setting.world.ok("DescribeSecurityGroups", filter)["SecurityGroups"].clone();
    assert_eq!(each(&groups, "GroupId"), [setting.group.clone()]);
    let shown = &groups[0]["IpPermissions"][0]["PrefixListIds"];
    assert_eq!(*shown, json!([{"PrefixListId": list, "Description": "them"}]));
    let associations = setting.world.ok("GetManagedPrefixListAssociations", json!({"PrefixListId": list}));
    assert_eq!(each(&associations["PrefixListAssociations"], "ResourceId"), [setting.group.clone()]);
    let delete = json!({"PrefixListId": list});
    assert_eq!(setting.world.fails("DeleteManagedPrefixList", delete.clone()), "DependencyViolation");
    let rule = id(&made["SecurityGroupRules"][0]["SecurityGroupRuleId"]);
    let change = json!({
        "GroupId": setting.group,
        "SecurityGroupRules": [{
            "SecurityGroupRuleId": rule,
            "SecurityGroupRule": {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIpv4": "1.0.0.0/8"},
        }],
    });
    setting.world.ok("ModifySecurityGroupRules", change);
    let gone = setting.world.ok("DeleteManagedPrefixList", delete);
    assert_eq!(gone["PrefixList"]["State"], "delete-complete");
    assert_eq!(PrefixListVersion::all(&list, &setting.world.reader()).count(), 0);
}

/// A reference weighs what the list has room for.
#[test]
fn quotas_count_room_and_not_entries() {
    let mut setting = setting();
    let big = new_list(&mut setting.world, "IPv4", 56, &[]);
    let list = setting.list.clone();
    setting.allow(&list).unwrap();
    assert_eq!(code(setting.allow(&big)), "RulesPerSecurityGroupLimitExceeded", "5 and 56 are more than 60");
    let rules = rules_of(&setting.group.clone(), &setting.world.reader()).filter(|rule| !rule.egress).count();
    assert_eq!(rules, 1, "nothing is half done");
    assert_eq!(code(setting.modify(json!({"MaxEntries": 61}))), "RulesPerSecurityGroupLimitExceeded");
    setting.modify(json!({"MaxEntries": 60})).unwrap();
    setting.route(&list).unwrap();
    let routes = new_list(&mut setting.world, "IPv4", 441, &[]);
    assert_eq!(code(setting.route(&routes)), "RouteLimitExceeded");
}

#[test]
fn a_route_to_a_list_is_one_to_each_block() {
    let mut setting = setting();
    let list = setting.list.clone();
    setting.route(&list).unwrap();
    let add = json!({"CurrentVersion": 1, "AddEntries": [{"Cidr": "10.0.0.128/25"}, {"Cidr": "0.0.0.0/0"}]});
    setting.modify(add).unwrap();
    let way = |cidr: &str, way| (cidr.to_owned(), way);
    let expected = [
        way("0.0.0.0/0", Way::InternetGateway),
        way("10.0.0.0/16", Way::Local),
        way("192.0.2.0/24", Way::InternetGateway),
        way("198.51.100.0/24", Way::InternetGateway),
    ];
    assert_eq!(setting.ways(), expected, "what lies in the VPC stays local");
    let interface = setting.world.interface(&setting.subnet.clone());
    let table = setting.table.clone();
    let block = json!({
        "RouteTableId": table, "DestinationCidrBlock": "192.0.2.0/24", "NetworkInterfaceId": interface,
    });
    setting.world.ok("CreateRoute", block);
    assert_eq!(setting.ways()[2], way("192.0.2.0/24", Way::Blackhole), "blocks go before lists");
    assert_eq!(code(setting.route(&list)), "RouteAlreadyExists");
    let shown = setting.world.ok(
        "DescribeRouteTables",
        json!({"Filters": [{"Name": "route.destination-prefix-list-id", "Values": [list]}]}),
    );
    let routes = shown["RouteTables"][0]["Routes"].as_array().unwrap().clone();
    assert!(routes.iter().any(|route| route["DestinationPrefixListId"] == json!(list)), "{routes:?}");
    let ipv6 = new_list(&mut setting.world, "IPv6", 1, &[]);
    assert_eq!(code(setting.route(&ipv6)), "InvalidParameterValue", "IPv6 has no way out");
    assert_eq!(code(setting.route("pl-0")), "InvalidPrefixListID.NotFound");
    let delete = json!({"RouteTableId": table, "DestinationPrefixListId": list});
    setting.world.ok("DeleteRoute", delete.clone());
    assert_eq!(setting.world.fails("DeleteRoute", delete), "InvalidRoute.NotFound");
    setting.world.ok("DeleteManagedPrefixList", json!({"PrefixListId": list}));
}

#[test]
fn manifests_declare_lists() {
    let mut world = World::empty();
    let manifest = |room: i32, entries: &str| {
        format!(
            "kind: Vpc\nmetadata: {{name: lab}}\nspec: {{cidrBlock: 10.0.0.0/16}}\n---\n\
             kind: PrefixList\nmetadata: {{name: office}}\n\
             spec: {{addressFamily: IPv4, maxEntries: {room}, entries: [{entries}]}}\n---\n\
             kind: SecurityGroup\nmetadata: {{name: web}}\nspec:\n  description: web\n  vpcId: lab\n  ingress:\n  \
             - {{ipProtocol: tcp, fromPort: 22, toPort: 22, sourcePrefixListId: office}}\n"
        )
    };
    world.apply(&manifest(1, "{cidr: 1.2.3.4/8}")).unwrap();
    let before = world.size();
    world.apply(&manifest(1, "{cidr: 1.0.0.0/8}")).unwrap();
    assert_eq!(world.size(), before, "the same in other words");
    world.apply(&manifest(2, "{cidr: 2.0.0.0/8}, {cidr: 3.0.0.0/8, description: d}")).unwrap();
    let lists = world.ok("DescribeManagedPrefixLists", json!({}))["PrefixLists"].clone();
    assert_eq!((&lists[0]["Version"], &lists[0]["MaxEntries"]), (&json!(2), &json!(2)));
    let error = world.apply(&manifest(61, "")).unwrap_err();
    assert_eq!(error.code, "RulesPerSecurityGroupLimitExceeded");
}
