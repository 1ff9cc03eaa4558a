use super::*;
use crate::tests::{World, each, id};
use serde_json::{Value, json};

fn option(key: &str, values: &[&str]) -> Value {
    json!({"Key": key, "Values": values})
}

fn new(world: &mut World, configurations: &[Value]) -> String {
    let made = world.ok("CreateDhcpOptions", json!({"DhcpConfigurations": configurations}));
    id(&made["DhcpOptions"]["DhcpOptionsId"])
}

#[test]
fn sets_are_shown_as_they_were_said() {
    let mut world = World::empty();
    let input = json!({
        "DhcpConfigurations": [
            option("domain-name-servers", &["192.0.2.53,2001:DB8::53", "198.51.100.53"]),
            option("domain-name", &["corp.example"]),
        ],
        "TagSpecifications": [{"ResourceType": "dhcp-options", "Tags": [{"Key": "k", "Value": "v"}]}],
    });
    let made = world.ok("CreateDhcpOptions", input)["DhcpOptions"].clone();
    let value = |text: &str| json!({"Value": text});
    let said = json!([
        {"Key": "domain-name", "Values": [value("corp.example")]},
        {
            "Key": "domain-name-servers",
            "Values": [value("192.0.2.53"), value("2001:db8::53"), value("198.51.100.53")],
        },
    ]);
    assert_eq!(made["DhcpConfigurations"], said);
    let other = new(&mut world, &[option("domain-name", &["a.example b.example"])]);
    for (filter, value, expected) in [
        ("key", "domain-name-servers", vec![id(&made["DhcpOptionsId"])]),
        ("value", "a.example*", vec![other.clone()]),
        ("dhcp-options-id", &other.clone(), vec![other.clone()]),
        ("tag:k", "v", vec![id(&made["DhcpOptionsId"])]),
    ] {
        let input = json!({"Filters": [{"Name": filter, "Values": [value]}]});
        let found = world.ok("DescribeDhcpOptions", input);
        assert_eq!(each(&found["DhcpOptions"], "DhcpOptionsId"), expected, "{filter}");
    }
}

#[test]
fn what_could_have_no_effect_is_refused() {
    let mut world = World::empty();
    let one = |key: &str, values: &[&str]| json!({"DhcpConfigurations": [option(key, values)]});
    let twice = json!({"DhcpConfigurations": [option("domain-name", &["a"]), option("domain-name", &["b"])]});
    world.refuses(
        "CreateDhcpOptions",
        [
            (one("ntp-servers", &["192.0.2.1"]), "UnsupportedOperation"),
            (one("netbios-node-type", &["2"]), "UnsupportedOperation"),
            (one("netbios-name-servers", &["192.0.2.1"]), "UnsupportedOperation"),
            (one("ipv6-address-preferred-lease-time", &["140"]), "UnsupportedOperation"),
            (one("domain-name-servers", &["AmazonProvidedDNS", "192.0.2.1"]), "InvalidParameterValue"),
            (one("router", &["192.0.2.1"]), "InvalidParameterValue"),
            (one("domain-name-servers", &["dns.example"]), "InvalidParameterValue"),
            (
                one("domain-name-servers", &["1.1.1.1,1.1.1.2,1.1.1.3", "1.1.1.4", "::1"]),
                "InvalidParameterValue",
            ),
            (one("domain-name", &["a..b"]), "InvalidParameterValue"),
            (one("domain-name", &["a\nnameserver 192.0.2.1"]), "InvalidParameterValue"),
            (one("domain-name", &[""]), "InvalidParameterValue"),
            (twice, "InvalidParameterValue"),
        ],
    );
    assert_eq!(world.ok("DescribeDhcpOptions", json!({}))["DhcpOptions"], json!([]));
}

#[test]
fn a_vpc_has_one_set_or_the_default() {
    let mut world = World::empty();
    let vpc = world.vpc("10.0.0.0/16");
    let set = new(&mut world, &[option("domain-name-servers", &["192.0.2.53"])]);
    let shown = |world: &mut World| id(&world.ok("DescribeVpcs", json!({}))["Vpcs"][0]["DhcpOptionsId"]);
    assert_eq!(shown(&mut world), "default");
    world.ok("AssociateDhcpOptions", json!({"DhcpOptionsId": set, "VpcId": vpc}));
    assert_eq!(shown(&mut world), set);
    let servers = of_vpc(&vpc, &world.reader()).unwrap().domain_name_servers.clone();
    assert_eq!(servers, ["192.0.2.53".parse::<std::net::IpAddr>().unwrap()]);
    let delete = json!({"DhcpOptionsId": set});
    assert_eq!(world.fails("DeleteDhcpOptions", delete.clone()), "DependencyViolation");
    world.refuses(
        "AssociateDhcpOptions",
        [
            (json!({"DhcpOptionsId": "dopt-0", "VpcId": vpc}), "InvalidDhcpOptionID.NotFound"),
            (json!({"DhcpOptionsId": "none", "VpcId": vpc}), "InvalidDhcpOptionsId.Malformed"),
            (json!({"DhcpOptionsId": set, "VpcId": "vpc-0"}), "InvalidVpcID.NotFound"),
        ],
    );
    world.ok("AssociateDhcpOptions", json!({"DhcpOptionsId": "default", "VpcId": vpc}));
    assert!(of_vpc(&vpc, &world.reader()).is_none());
    world.ok("DeleteDhcpOptions", delete);
}

#[test]
fn manifests_declare_sets() {
    let mut world = World::empty();
    let text = "kind: DhcpOptions\nmetadata: {name: lab}\n\
                spec: {dhcpConfigurations: [{key: domain-name-servers, values: ['192.0.2.1,192.0.2.2']}]}\n---\n\
                kind: Vpc\nmetadata: {name: lab}\nspec: {cidrBlock: 10.0.0.0/16, dhcpOptionsId: lab}\n";
    world.apply(text).unwrap();
    let before = world.size();
    world.apply(text).unwrap();
    assert_eq!(world.size(), before);
    let vpc = id(&world.ok("DescribeVpcs", json!({}))["Vpcs"][0]["VpcId"]);
    assert_eq!(of_vpc(&vpc, &world.reader()).unwrap().domain_name_servers.len(), 2);
    world.apply("kind: Vpc\nmetadata: {name: lab}\nspec: {cidrBlock: 10.0.0.0/16}\n").unwrap();
    assert!(of_vpc(&vpc, &world.reader()).is_none(), "a field that is not named any more gets its default");
}

#[test]
fn instances_are_told_of_the_resolver() {
    let mut world = World::empty();
    let vpc = world.vpc("10.1.0.0/16");
    let resolver: std::net::IpAddr = "10.1.0.2".parse().unwrap();
    let told = |world: &mut World| told_in(&vpc, &world.reader());
    let of_default =
        Told { domain_name_servers: vec![resolver], domain_names: vec!["ec2.internal".to_owned()] };
    assert_eq!(told(&mut world), Some(of_default));
    let named =
        [option("domain-name-servers", &["AmazonProvidedDNS"]), option("domain-name", &["corp.example"])];
    let set = new(&mut world, &named);
    let shown = world.ok("DescribeDhcpOptions", json!({"DhcpOptionsIds": [set]}));
    let servers = &shown["DhcpOptions"][0]["DhcpConfigurations"][1];
    assert_eq!(servers["Values"], json!([{"Value": "AmazonProvidedDNS"}]));
    world.ok("AssociateDhcpOptions", json!({"DhcpOptionsId": set, "VpcId": vpc}));
    let of_set = Told { domain_name_servers: vec![resolver], domain_names: vec!["corp.example".to_owned()] };
    assert_eq!(told(&mut world), Some(of_set.clone()));
    let off = json!({"VpcId": vpc, "EnableDnsSupport": {"Value": false}});
    world.ok("ModifyVpcAttribute", off);
    assert_eq!(
        told(&mut world),
        Some(Told { domain_name_servers: Vec::new(), ..of_set }),
        "it does not answer"
    );
    world.ok("AssociateDhcpOptions", json!({"DhcpOptionsId": "default", "VpcId": vpc}));
    assert_eq!(told(&mut world), None);
}
