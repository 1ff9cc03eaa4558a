//! Texts that would mean something to nft, put into every text of a desired state: none of them comes through to a line
//! that nft is given, whatever else becomes of the object.

use super::super::firewall::Transaction;
use super::super::topology::Topology;
use super::super::{Config, desired};
use super::wanted::{Wanted, allow_in, cidr, everything_out, members_of, small_vpc};
use controlplane_proto::agent::route::Target;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// Each begins as what would be right in its place, where anything would.
const TEXTS: [&str; 8] = [
    "10.0.0.0/16 }; flush ruleset; add table inet own { ",
    "10.0.1.4; flush ruleset",
    "10.0.1.4\nflush ruleset\n",
    "02:00:00:00:00:09 } ; flush ruleset",
    "tcp dport 1-65535 accept; flush ruleset",
    "sg-1 accept; flush ruleset #",
    "$(flush ruleset)",
    "include \"/etc/flush ruleset\"",
];

/// This machine's, for the others.
const OWN: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

type Put = fn(&mut Wanted, &str);

/// Every text of every object that networks are made from.
const PLACES: [(&str, Put); 22] = [
    ("vpc.id", |w, text| w.vpc(text, 9, &["10.9.0.0/16"], false)),
    ("vpc.cidrs", |w, text| w.vpc("vpc-2", 9, &[text], true)),
    ("vpc.public_cidr", |w, text| w.0.vpcs.get_mut("vpc-1").unwrap().public_cidr = text.into()),
    ("subnet.id", |w, text| w.subnet(text, "vpc-1", &["10.0.2.0/24"])),
    ("subnet.vpc_id", |w, text| w.subnet("subnet-2", text, &["10.0.2.0/24"])),
    ("subnet.cidrs", |w, text| w.subnet("subnet-vpc-1", "vpc-1", &[text])),
    ("route.destination", |w, text| w.route("subnet-vpc-1", text, Target::InternetGateway, "")),
    ("route.interface", |w, text| {
        w.route("subnet-vpc-1", "172.16.0.0/12", Target::NetworkInterface, text);
    }),
    ("group.id", |w, text| {
        w.group(text, "vpc-1", vec![everything_out()]);
        w.instance("c", "vpc-1", &["10.0.1.6"], &[text]);
    }),
    ("group.vpc_id", |w, text| w.group("sg-2", text, vec![everything_out()])),
    ("group.members", |w, text| member(w).push(text.into())),
    ("rule.id", |w, text| w.rules("sg-vpc-1")[0].id = text.into()),
    ("rule.protocol", |w, text| w.rules("sg-vpc-1").push(allow_in(text, 80, cidr("0.0.0.0/0")))),
    ("rule.cidr", |w, text| w.rules("sg-vpc-1").push(allow_in("tcp", 80, cidr(text)))),
    ("rule.group", |w, text| w.rules("sg-vpc-1").push(allow_in("tcp", 80, members_of(text)))),
    ("interface.id", |w, text| {
        let mut attached = w.interface("a").clone();
        attached.instance_id = "i-c".into();
        attached.interface.private_addresses = vec!["10.0.1.6".into()];
        w.0.interfaces.insert(text.into(), attached);
    }),
    ("interface.mac", |w, text| w.interface("a").interface.mac_address = text.into()),
    ("interface.addresses", |w, text| w.interface("a").interface.private_addresses.push(text.into())),
    ("interface.public", |w, text| w.public("a", "10.0.1.4", text)),
    ("interface.instance_id", |w, text| w.interface("a").instance_id = text.into()),
    ("neighbor.mac", |w, text| {
        w.neighbor("far", "vpc-1", &["10.0.1.9"], "192.0.2.9");
        w.0.neighbors.get_mut("eni-far").unwrap().mac_address = text.into();
    }),
    ("neighbor.addresses", |w, text| w.neighbor("far", "vpc-1", &[text], text)),
];

fn member(wanted: &mut Wanted) -> &mut Vec<String> {
    &mut wanted.0.security_groups.get_mut("sg-vpc-1").unwrap().member_addresses
}

fn one_instance() -> Wanted {
    let mut wanted = small_vpc("vpc-1");
    wanted.route("subnet-vpc-1", "0.0.0.0/0", Target::InternetGateway, "");
    wanted.instance("a", "vpc-1", &["10.0.1.4"], &["sg-vpc-1"]);
    wanted
}

/// What nft is given for this machine, starting from nothing.
fn lines(wanted: &Wanted) -> Vec<String> {
    let topology = Topology::new(&wanted.0, Some(OWN));
    let config = Config {
        run_dir: "/nowhere".into(),
        prefix: "test".into(),
        host_netns: None,
        outside: None,
        underlay: Some(OWN),
        metadata_port: 80,
    };
    let world = desired::world(&topology, &config);
    let transactions = world.values().map(|plane| Transaction::between(&Default::default(), &plane.firewall));
    transactions.flat_map(|transaction| transaction.lines().to_vec()).collect()
}

#[test]
fn no_text_of_a_desired_state_is_a_command_to_nft() {
    let sound = lines(&one_instance());
    assert!(sound.iter().any(|line| line.contains("10.0.1.4")), "the instance is there: {sound:?}");
    let mut changed = BTreeSet::new();
    for (place, put) in PLACES {
        for text in TEXTS {
            let mut wanted = one_instance();
            put(&mut wanted, text);
            let lines = lines(&wanted);
            let said = lines.iter().find(|line| line.contains("flush ruleset") || line.contains('\n'));
            assert_eq!(said, None, "{place}: {text:?}");
            changed.extend((lines != sound).then_some(place));
        }
    }
    assert!(
        changed.contains("interface.mac") && changed.contains("subnet.cidrs"),
        "texts are looked at: {changed:?}"
    );
}
