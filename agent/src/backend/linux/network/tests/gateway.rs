//! Public addresses, route tables, and the metadata address.

use super::lab::{Lab, next};
use super::wanted::{Wanted, allow_in, cidr, everything_out, everything_out6};
use controlplane_proto::agent as proto;
use proto::route::Target;
use std::io::Read;

/// Two VPCs with the same addresses, each with a gateway; only the first subnet of each has a route to it.
fn public_and_private() -> Wanted {
    let mut wanted = Wanted::default();
    for (vpc, vni, name, public) in [("vpc-a", 1, "a", "198.18.7.10"), ("vpc-b", 2, "b", "198.18.7.20")] {
        wanted.vpc(vpc, vni, &["10.0.0.0/16"], true);
        wanted.subnet(&format!("subnet-{vpc}"), vpc, &["10.0.1.0/24"]);
        wanted.route(&format!("subnet-{vpc}"), "0.0.0.0/0", Target::InternetGateway, "");
        wanted.subnet(&format!("private-{vpc}"), vpc, &["10.0.2.0/24"]);
        let rules = vec![
            everything_out(),
            allow_in("tcp", 80, cidr("0.0.0.0/0")),
            allow_in("udp", 700, cidr("0.0.0.0/0")),
        ];
        wanted.group(&format!("sg-{vpc}"), vpc, rules);
        wanted.instance(name, vpc, &["10.0.1.4"], &[&format!("sg-{vpc}")]);
        wanted.public(name, "10.0.1.4", public);
    }
    wanted.instance("private", "vpc-a", &["10.0.2.4"], &["sg-vpc-a"]);
    wanted.interface("private").interface.subnet_id = "private-vpc-a".into();
    wanted.public("private", "10.0.2.4", "198.18.7.11");
    wanted
}

#[test]
fn the_host_reaches_public_addresses_and_rules_hold_for_it() {
    let lab = Lab::new();
    let mut wanted = public_and_private();
    lab.apply(&wanted);
    let server = lab.instance("a").listen("0.0.0.0:80");
    let _closed = lab.instance("a").listen("0.0.0.0:81");
    let _client = lab.host().connect("198.18.7.10:80");
    assert_eq!(server.accept().unwrap().1.ip().to_string(), "198.18.7.1");
    assert!(!lab.host().reaches("198.18.7.10:81"));
    *wanted.rules("sg-vpc-a") = vec![everything_out(), allow_in("tcp", 80, cidr("192.0.2.0/24"))];
    lab.apply(&wanted);
    assert!(!lab.host().reaches("198.18.7.10:80"));
}

#[test]
fn a_subnet_without_a_route_to_the_gateway_has_no_outside() {
    let lab = Lab::new();
    lab.apply(&public_and_private());
    let _private = lab.instance("private").listen("0.0.0.0:80");
    let _public = lab.instance("b").listen("0.0.0.0:80");
    assert!(lab.instance("a").reaches("10.0.2.4:80"), "inside the VPC it is there");
    assert!(!lab.host().reaches("198.18.7.11:80"));
    assert!(!lab.instance("private").reaches("198.18.7.20:80"));
    assert!(lab.instance("a").reaches("198.18.7.20:80"), "another subnet of the VPC has the route");
}

#[test]
fn vpcs_with_equal_addresses_meet_by_their_public_ones() {
    let lab = Lab::new();
    lab.apply(&public_and_private());
    let socket = lab.instance("b").udp("10.0.1.4:700");
    lab.instance("a").udp("10.0.1.4:9").send_to(b"hello", "198.18.7.20:700").unwrap();
    let (text, sender) = next(&socket);
    assert_eq!((text.as_str(), sender.ip().to_string().as_str()), ("hello", "198.18.7.10"));
}

#[test]
fn an_instance_reaches_its_neighbour_by_the_public_address() {
    let lab = Lab::new();
    let mut wanted = public_and_private();
    wanted.instance("a2", "vpc-a", &["10.0.1.5"], &["sg-vpc-a"]);
    wanted.public("a2", "10.0.1.5", "198.18.7.12");
    lab.apply(&wanted);
    let server = lab.instance("a2").listen("0.0.0.0:80");
    let _client = lab.instance("a").connect("198.18.7.12:80");
    assert_eq!(server.accept().unwrap().1.ip().to_string(), "198.18.7.10");
}

#[test]
fn without_a_public_address_nothing_leaves() {
    let lab = Lab::new();
    let mut wanted = public_and_private();
    wanted.interface("a").interface.public_addresses.clear();
    // Another private address than the sender's, which would be dropped as its own coming back.
    wanted.instance("b2", "vpc-b", &["10.0.1.9"], &["sg-vpc-b"]);
    wanted.public("b2", "10.0.1.9", "198.18.7.21");
    lab.apply(&wanted);
    // The host's own plausibility check would hide what the VPC lets out.
    lab.host().sh("for filter in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $filter; done");
    let socket = lab.instance("b2").udp("10.0.1.9:700");
    lab.instance("a").udp("10.0.1.4:9").send_to(b"no way back", "198.18.7.21:700").unwrap();
    lab.host().udp("198.18.7.1:9").send_to(b"from the host", "198.18.7.21:700").unwrap();
    assert_eq!(next(&socket).0, "from the host");
}

#[test]
fn a_private_address_is_not_reached_around_the_translation() {
    let lab = Lab::new();
    let mut wanted = public_and_private();
    wanted.instance("a2", "vpc-a", &["10.0.1.5"], &["sg-vpc-a"]);
    lab.apply(&wanted);
    let socket = lab.instance("a2").udp("10.0.1.5:700");
    let uplink = lab.host().sh("ip -o route get 198.18.7.10 | sed 's/.* dev //; s/ .*//'");
    let uplink = uplink.trim();
    lab.host().sh(&format!("ip route add 10.0.1.5/32 dev {uplink} src 198.18.7.1"));
    lab.host().sh(&format!("ip neigh add 10.0.1.5 lladdr fe:00:00:00:00:01 dev {uplink} nud permanent"));
    lab.host().udp("198.18.7.1:9").send_to(b"around", "10.0.1.5:700").unwrap();
    lab.instance("a").udp("10.0.1.4:9").send_to(b"inside", "10.0.1.5:700").unwrap();
    assert_eq!(next(&socket).0, "inside");
}

#[test]
fn instances_do_not_reach_the_hosts_services() {
    let lab = Lab::new();
    lab.apply(&public_and_private());
    let _control_plane = lab.host().listen("0.0.0.0:4566");
    assert!(!lab.instance("a").reaches("198.18.7.1:4566"));
    assert!(!lab.vpc("vpc-a").reaches("198.18.7.1:4566"));
}

#[test]
fn an_unassigned_public_address_is_unreachable() {
    let lab = Lab::new();
    lab.apply(&public_and_private());
    let route = lab.host().run(|| std::net::TcpStream::connect("198.18.7.99:80")).unwrap_err();
    assert_eq!(route.kind(), std::io::ErrorKind::HostUnreachable);
}

#[test]
fn taking_a_public_address_away_ends_its_connections() {
    let lab = Lab::new();
    let mut wanted = public_and_private();
    lab.apply(&wanted);
    let server = lab.instance("a").listen("0.0.0.0:80");
    let mut client = lab.host().connect("198.18.7.10:80");
    let mut accepted = server.accept().unwrap().0;
    assert!(super::lab::passes(&mut client, &mut accepted));
    wanted.interface("a").interface.public_addresses.clear();
    lab.apply(&wanted);
    assert!(!super::lab::passes(&mut accepted, &mut client));
}

#[test]
fn a_detached_gateway_takes_the_outside_along() {
    let lab = Lab::new();
    let mut wanted = public_and_private();
    lab.apply(&wanted);
    let _server = lab.instance("a").listen("0.0.0.0:80");
    assert!(lab.host().reaches("198.18.7.10:80"));
    wanted.0.vpcs.get_mut("vpc-a").unwrap().internet_gateway = false;
    lab.apply(&wanted);
    assert!(!lab.host().reaches("198.18.7.10:80"));
    assert!(lab.instance("private").reaches("10.0.1.4:80"));
}

#[test]
fn ipv6_passes_the_gateway_untranslated_where_routed() {
    let lab = Lab::new();
    let mut wanted = Wanted::default();
    for (vpc, vni, name, network) in [("vpc-a", 1, "a", "fd00:a::"), ("vpc-b", 2, "b", "fd00:b::")] {
        wanted.vpc(vpc, vni, &["10.0.0.0/16", &format!("{network}/56")], true);
        wanted.subnet(&format!("subnet-{vpc}"), vpc, &["10.0.1.0/24", &format!("{network}/64")]);
        wanted.group(&format!("sg-{vpc}"), vpc, vec![everything_out6(), allow_in("tcp", 80, cidr("::/0"))]);
        wanted.instance(name, vpc, &["10.0.1.4", &format!("{network}4")], &[&format!("sg-{vpc}")]);
    }
    lab.apply(&wanted);
    let _server = lab.instance("b").listen("[::]:80");
    assert!(!lab.instance("a").reaches("[fd00:b::4]:80"), "no route");
    for vpc in ["vpc-a", "vpc-b"] {
        wanted.route(&format!("subnet-{vpc}"), "::/0", Target::InternetGateway, "");
    }
    lab.apply(&wanted);
    assert!(lab.instance("a").reaches("[fd00:b::4]:80"));
    *wanted.rules("sg-vpc-b") = vec![allow_in("tcp", 80, cidr("fd00:c::/64"))];
    lab.apply(&wanted);
    assert!(!lab.instance("a").reaches("[fd00:b::4]:80"));
}

#[test]
fn longest_prefix_decides_and_local_comes_first() {
    let lab = Lab::new();
    let mut wanted = public_and_private();
    wanted.route("subnet-vpc-a", "198.18.7.20/32", Target::Blackhole, "");
    wanted.route("subnet-vpc-a", "172.16.0.0/12", Target::NetworkInterface, "eni-private");
    wanted.route("subnet-vpc-a", "10.0.0.0/16", Target::Blackhole, "");
    wanted.interface("private").interface.source_dest_check = false;
    *wanted.rules("sg-vpc-a") = vec![everything_out(), allow_in("-1", -1, cidr("0.0.0.0/0"))];
    lab.apply(&wanted);
    let _b = lab.instance("b").listen("0.0.0.0:80");
    let _private = lab.instance("private").listen("0.0.0.0:80");
    assert!(!lab.instance("a").reaches("198.18.7.20:80"), "the blackhole is longer than the default route");
    assert!(lab.instance("a").reaches("10.0.2.4:80"), "the VPC's own range cannot be routed away");
    lab.instance("private").sh("ip addr add 172.16.0.9/32 dev eth0");
    assert!(lab.instance("a").reaches("172.16.0.9:80"), "through the interface the route names");
}

#[test]
fn a_next_hop_elsewhere_is_refused_by_name() {
    let lab = Lab::new();
    let mut wanted = public_and_private();
    wanted.route("subnet-vpc-a", "172.16.0.0/12", Target::NetworkInterface, "eni-far");
    let problems = lab.network.apply(&wanted.0);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].0.id, "subnet-vpc-a");
    assert!(problems[0].1.to_string().contains("eni-far is not on this node"), "{}", problems[0].1);
}

#[test]
fn the_metadata_door_knows_its_vpc_and_closes_with_it() {
    let lab = Lab::new();
    let mut wanted = public_and_private();
    lab.apply(&wanted);
    let doors = lab.network.metadata_listeners();
    assert_eq!(doors.iter().map(|(vpc, _)| vpc.as_str()).collect::<Vec<_>>(), ["vpc-a", "vpc-b"]);
    assert!(lab.network.metadata_listeners().is_empty(), "each door is handed out once");
    let _client = lab.instance("b").connect("169.254.169.254:80");
    assert_eq!(doors[1].1.accept().unwrap().1.ip().to_string(), "10.0.1.4");
    assert!(!lab.instance("b").reaches("169.254.169.254:81"));
    wanted.remove_instance("b");
    lab.apply(&wanted);
    assert!(doors[1].1.accept().is_err());
    let mut still_open = lab.instance("a").connect("169.254.169.254:80");
    drop(doors[0].1.accept().unwrap());
    assert_eq!(still_open.read(&mut [0]).unwrap(), 0);
}
