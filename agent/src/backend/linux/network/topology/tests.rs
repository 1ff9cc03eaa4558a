//! What cannot be is refused by field and rule, and only that.

use super::super::tests::wanted::{Wanted, cidr, everything_out, rule, small_vpc};
use super::{Topology, Traffic};
use controlplane_proto::agent::route::Target;

const VPC: &str = "vpc-1";

fn pair() -> Wanted {
    let mut wanted = small_vpc(VPC);
    wanted.route("subnet-vpc-1", "0.0.0.0/0", Target::InternetGateway, "");
    wanted.group("sg-1", VPC, vec![everything_out()]);
    wanted.instance("a", VPC, &["10.0.1.4"], &["sg-1"]);
    wanted.instance("b", VPC, &["10.0.1.5"], &["sg-1"]);
    wanted.public("a", "10.0.1.4", "198.18.7.10");
    wanted
}

type Damage = fn(&mut Wanted);

#[test]
fn each_mistake_is_named_and_the_rest_stays() {
    let cases: [(Damage, &str, &str); 18] = [
        (
            |w| w.interface("b").interface.vpc_id = "vpc-2".into(),
            "eni-b",
            "vpc_id: vpc-2 is not known to this node",
        ),
        (
            |w| w.interface("b").interface.subnet_id = "subnet-9".into(),
            "eni-b",
            "subnet_id: subnet-9 is not known",
        ),
        (
            |w| w.interface("b").interface.mac_address = "02:00".into(),
            "eni-b",
            "mac_address: \"02:00\" is not a MAC",
        ),
        (
            |w| w.interface("b").interface.mac_address = "+2:00:00:00:00:01".into(),
            "eni-b",
            "mac_address: \"+2",
        ),
        (
            |w| w.interface("b").interface.mac_address = "01:00:00:00:00:01".into(),
            "eni-b",
            "mac_address: 01:00:00:00:00:01 is a group",
        ),
        (
            |w| w.interface("b").interface.private_addresses.clear(),
            "eni-b",
            "private_addresses: an interface needs an address",
        ),
        (
            |w| w.interface("b").interface.private_addresses[0] = "10.0.1.4".into(),
            "eni-b",
            "private_addresses: 10.0.1.4 is in use",
        ),
        (
            |w| w.interface("b").interface.private_addresses[0] = "10.0.2.4".into(),
            "eni-b",
            "private_addresses: 10.0.2.4 is outside subnet-vpc-1",
        ),
        (
            |w| w.interface("b").interface.private_addresses[0] = "10.0.1.1".into(),
            "eni-b",
            "private_addresses: 10.0.1.1 is the router's",
        ),
        (
            |w| w.interface("b").interface.private_addresses[0] = "ten".into(),
            "eni-b",
            "private_addresses: \"ten\" is not an IP address",
        ),
        (
            |w| w.interface("b").interface.security_group_ids.push("sg-9".into()),
            "eni-b",
            "security_group_ids: sg-9 is not known",
        ),
        (
            |w| w.interface("b").instance_id = "../b".into(),
            "eni-b",
            "instance_id: \"../b\" is not 1 to 64 letters",
        ),
        (
            |w| w.interface("b").instance_id = "i-a".into(),
            "eni-b",
            "device_index: i-a already has an interface 0",
        ),
        (
            |w| w.public("b", "10.0.1.5", "198.18.7.10"),
            "eni-b",
            "public_addresses: 198.18.7.10 belongs to another",
        ),
        (
            |w| w.public("b", "10.0.1.9", "198.18.7.11"),
            "eni-b",
            "public_addresses: 10.0.1.9 is not an address of the interface",
        ),
        (|w| w.vpc("vpc-3", 0, &["10.0.0.0/16"], false), "vpc-3", "vni: 0 is not between 1 and 16777215"),
        (
            |w| w.subnet("subnet-3", VPC, &["10.0.0.0/33"]),
            "subnet-3",
            "cidrs: \"10.0.0.0/33\" is not a CIDR block",
        ),
        (
            |w| w.route("subnet-vpc-1", "172.16.0.0/12", Target::NetworkInterface, "eni-z"),
            "subnet-vpc-1",
            "route 172.16.0.0/12: eni-z is not on this node",
        ),
    ];
    for (damage, id, expected) in cases {
        let mut wanted = pair();
        damage(&mut wanted);
        let topology = Topology::new(&wanted.0, None);
        let problems: Vec<_> =
            topology.problems.iter().map(|(key, error)| (key.id.as_str(), error.to_string())).collect();
        assert!(
            matches!(problems.as_slice(), [(found, text)] if *found == id && text.starts_with(expected)),
            "{expected}: {problems:?}"
        );
        assert!(topology.vpcs[VPC].interfaces.contains_key("eni-a"), "{expected}");
    }
}

#[test]
fn a_rule_that_cannot_be_read_admits_nobody() {
    let cases = [
        (rule(false, "tcp", (90, 80), cidr("0.0.0.0/0")), "from_port, to_port: 90 to 80 is no range"),
        (rule(false, "tcp", (80, 70_000), cidr("0.0.0.0/0")), "from_port, to_port: 80 to 70000"),
        (rule(false, "icmp", (300, -1), cidr("0.0.0.0/0")), "from_port: 300 is no ICMP type"),
        (rule(false, "icmp", (8, 300), cidr("0.0.0.0/0")), "to_port: 300 is no ICMP code"),
        (rule(false, "icmp", (8, -1), cidr("::/0")), "cidr: ::/0 is of another family than protocol icmp"),
        (rule(false, "bogus", (-1, -1), cidr("0.0.0.0/0")), "protocol: \"bogus\" is no protocol"),
        (rule(false, "tcp", (80, 80), cidr("everyone")), "cidr: \"everyone\" is not a CIDR block"),
    ];
    for (broken, expected) in cases {
        let mut wanted = pair();
        wanted.rules("sg-1").push(broken);
        let topology = Topology::new(&wanted.0, None);
        assert!(topology.problems[0].1.to_string().contains(expected), "{expected}: {:?}", topology.problems);
        assert_eq!(topology.vpcs[VPC].groups["sg-1"].rules.len(), 1, "{expected}");
    }
}

#[test]
fn protocols_mean_what_they_mean_in_aws() {
    let icmp = |types, codes| Traffic::Icmp { version6: false, types, codes };
    let cases = [
        ("-1", (-1, -1), Traffic::Protocols(0..=255)),
        ("tcp", (80, 90), Traffic::Ports(6, 80..=90)),
        ("6", (80, 80), Traffic::Ports(6, 80..=80)),
        ("udp", (0, 65535), Traffic::Protocols(17..=17)),
        ("udp", (-1, -1), Traffic::Protocols(17..=17)),
        ("icmp", (-1, -1), Traffic::Protocols(1..=1)),
        ("icmp", (8, -1), icmp(8..=8, 0..=255)),
        ("icmp", (3, 4), icmp(3..=3, 4..=4)),
        ("50", (-1, -1), Traffic::Protocols(50..=50)),
    ];
    for (protocol, ports, expected) in cases {
        let mut wanted = pair();
        *wanted.rules("sg-1") = vec![rule(false, protocol, ports, cidr("10.0.0.0/8"))];
        let topology = Topology::new(&wanted.0, None);
        assert_eq!(topology.vpcs[VPC].groups["sg-1"].rules[0].traffic, expected, "{protocol} {ports:?}");
    }
}

#[test]
fn a_public_address_counts_only_with_a_way_out() {
    let mut wanted = pair();
    assert_eq!(Topology::new(&wanted.0, None).vpcs[VPC].interfaces["eni-a"].public.len(), 1);
    wanted.0.vpcs.get_mut(VPC).unwrap().internet_gateway = false;
    assert!(Topology::new(&wanted.0, None).vpcs[VPC].interfaces["eni-a"].public.is_empty());
}

#[test]
fn a_gateway_needs_a_public_range() {
    for (cidr, expected) in [
        ("", "public_cidr: \"\" is not an IPv4 network"),
        ("fd00::/64", "public_cidr: \"fd00::/64\" is not an IPv4 network"),
        ("198.18.7.0/31", "public_cidr: 198.18.7.0/31 has no room"),
    ] {
        let mut wanted = pair();
        wanted.0.vpcs.get_mut(VPC).unwrap().public_cidr = cidr.to_owned();
        let topology = Topology::new(&wanted.0, None);
        let (key, error) = &topology.problems[0];
        assert_eq!(key.id, VPC);
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}
