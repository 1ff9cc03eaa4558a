//! Two machines.

use super::health_check::{CHECKERS, connects};
use super::lab::{Lab, next};
use super::wanted::{Wanted, allow_in, cidr, everything_out, members_of, small_vpc};
use crate::health::tests::check;
use controlplane_proto::dns::HealthCheck;
use std::io::{Read, Write};

const VPC: &str = "vpc-1";
const LEFT: &str = "192.0.2.1";
const RIGHT: &str = "192.0.2.2";

/// Both machines as the control plane describes them: `client` on the left, `web` and `other` on the right.
fn both() -> (Wanted, Wanted) {
    let mut whole = small_vpc(VPC);
    whole.group("sg-clients", VPC, vec![everything_out()]);
    whole.group(
        "sg-web",
        VPC,
        vec![
            everything_out(),
            allow_in("tcp", 80, members_of("sg-clients")),
            allow_in("udp", 700, cidr("10.0.0.0/16")),
        ],
    );
    whole.instance("client", VPC, &["10.0.1.4"], &["sg-clients"]);
    whole.instance("stranger", VPC, &["10.0.1.6"], &[&format!("sg-{VPC}")]);
    whole.instance("web", VPC, &["10.0.1.5"], &["sg-web"]);
    let (mut left, mut right) = (whole.clone(), whole);
    left.0.interfaces.remove("eni-web");
    left.neighbor("web", VPC, &["10.0.1.5"], RIGHT);
    for (name, address) in [("client", "10.0.1.4"), ("stranger", "10.0.1.6")] {
        right.0.interfaces.remove(&format!("eni-{name}"));
        right.neighbor(name, VPC, &[address], LEFT);
    }
    (left, right)
}

fn two_machines() -> (Lab, Lab) {
    let (left, right) = (Lab::on_underlay(Some(LEFT)), Lab::on_underlay(Some(RIGHT)));
    let far = right.host().path().display().to_string();
    left.host().sh(&format!("ip link add wire type veth peer name wire netns {far}"));
    for (lab, address) in [(&left, LEFT), (&right, RIGHT)] {
        lab.host()
            .sh(&format!("ip addr add {address}/24 dev wire && ip link set wire up && ip link set lo up"));
    }
    (left, right)
}

#[test]
fn instances_meet_across_machines_and_groups_hold() {
    let (left, right) = two_machines();
    let (on_left, on_right) = both();
    left.apply(&on_left);
    right.apply(&on_right);
    let _server = right.instance("web").listen("0.0.0.0:80");
    assert!(left.instance("client").reaches("10.0.1.5:80"));
    assert!(!left.instance("stranger").reaches("10.0.1.5:80"));
}

#[test]
fn each_machine_checks_the_others_from_an_address_of_its_own() {
    let (left, right) = two_machines();
    let (mut on_left, mut on_right) = both();
    let check = HealthCheck { vpc_id: VPC.to_owned(), address: "10.0.1.5".to_owned(), ..check("h") };
    left.apply(&on_left);
    right.apply(&on_right);
    let server = right.instance("web").listen("0.0.0.0:80");
    assert!(!connects(&left, &check) && !connects(&right, &check), "its group does not let them in");
    for wanted in [&mut on_left, &mut on_right] {
        wanted.rules("sg-web").push(allow_in("tcp", 80, cidr(CHECKERS)));
    }
    left.apply(&on_left);
    right.apply(&on_right);
    for (lab, source) in [(&left, "240.0.2.1"), (&right, "240.0.2.2")] {
        assert!(connects(lab, &check), "{source}");
        assert_eq!(server.accept().unwrap().1.ip().to_string(), source);
    }
}

#[test]
fn a_stream_finds_the_smaller_packets_of_the_overlay() {
    let (left, right) = two_machines();
    let (on_left, on_right) = both();
    left.apply(&on_left);
    right.apply(&on_right);
    let server = right.instance("web").listen("0.0.0.0:80");
    let mut client = left.instance("client").connect("10.0.1.5:80");
    let mut accepted = server.accept().unwrap().0;
    let sender = std::thread::spawn(move || client.write_all(&vec![7; 1 << 20]).unwrap());
    let mut received = vec![0; 1 << 20];
    accepted.read_exact(&mut received).unwrap();
    sender.join().unwrap();
}

#[test]
fn a_machine_that_is_no_member_is_not_heard() {
    let (left, right) = two_machines();
    let (on_left, mut on_right) = both();
    left.apply(&on_left);
    let known = on_right.clone();
    on_right.0.neighbors.values_mut().for_each(|neighbor| neighbor.underlay_address = "192.0.2.9".into());
    right.apply(&on_right);
    let socket = right.instance("web").udp("10.0.1.5:700");
    left.instance("client").udp("10.0.1.4:0").send_to(b"unknown machine", "10.0.1.5:700").unwrap();
    right.apply(&known);
    left.instance("client").udp("10.0.1.4:0").send_to(b"known machine", "10.0.1.5:700").unwrap();
    assert_eq!(next(&socket).0, "known machine");

    on_right.0.neighbors.clear();
    right.apply(&on_right);
    assert!(!right.vpc(VPC).sh("ip -o link").contains("vx:"), "the device goes with the last neighbour");
}

#[test]
fn an_instance_that_moves_is_found_in_its_new_place() {
    let (left, right) = two_machines();
    let (mut on_left, mut on_right) = both();
    left.apply(&on_left);
    right.apply(&on_right);
    let web = on_right.0.interfaces.remove("eni-web").unwrap();
    on_left.0.neighbors.remove("eni-web");
    on_left.0.interfaces.insert("eni-web".into(), web);
    right.apply(&on_right);
    left.apply(&on_left);
    let _server = left.instance("web").listen("0.0.0.0:80");
    assert!(left.instance("client").reaches("10.0.1.5:80"));
}

#[test]
fn without_an_underlay_neighbours_are_refused() {
    let lab = Lab::new();
    let problems = lab.network.apply(&both().0.0);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].0.kind, "neighbor");
    assert!(problems[0].1.to_string().starts_with("underlay_address: this node has none"));
}
