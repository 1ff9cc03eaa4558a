//! An instance whose root can do with its interface what it likes.
//!
//! Each test sends the forged packet first and an honest one after it, on the same path; the honest one arriving
//! alone is the proof, and no time has to be waited for.

use super::lab::{Lab, Spot, next};
use super::wanted::{Wanted, allow_in, cidr, everything_out, everything_out6, mac, small_vpc};

const VPC: &str = "vpc-1";

/// `villain` may reach `target`, but only as itself; `victim` may too.
fn open_to_all() -> Wanted {
    let mut wanted = small_vpc(VPC);
    let open = vec![
        everything_out(),
        everything_out6(),
        allow_in("-1", -1, cidr("0.0.0.0/0")),
        allow_in("-1", -1, cidr("::/0")),
    ];
    wanted.group("sg-open", VPC, open);
    wanted.instance("target", VPC, &["10.0.1.4", "fd00:10::4"], &["sg-open"]);
    wanted.instance("villain", VPC, &["10.0.1.5", "fd00:10::5"], &["sg-open"]);
    wanted.instance("victim", VPC, &["10.0.1.6", "fd00:10::6"], &["sg-open"]);
    wanted
}

fn send(from: &Spot, source: &str, text: &str, to: &str) {
    from.udp(source).send_to(text.as_bytes(), to).unwrap();
}

#[test]
fn a_source_address_of_another_is_dropped() {
    let cases = [
        ("10.0.1.6/32", "10.0.1.6:0", "10.0.1.5:0", "10.0.1.4:700"),
        ("8.8.8.8/32", "8.8.8.8:0", "10.0.1.5:0", "10.0.1.4:701"),
        ("fd00:10::6/128", "[fd00:10::6]:0", "[fd00:10::5]:0", "[fd00:10::4]:702"),
    ];
    let lab = Lab::new();
    lab.apply(&open_to_all());
    for (stolen, forged, own, target) in cases {
        let socket = lab.instance("target").udp(target);
        let villain = lab.instance("villain");
        villain.sh(&format!("ip addr add {stolen} dev eth0 nodad"));
        send(&villain, forged, "forged", target);
        send(&villain, own, "honest", target);
        assert_eq!(next(&socket).0, "honest", "{stolen}");
    }
}

#[test]
fn an_address_that_is_given_is_accepted() {
    let lab = Lab::new();
    let mut wanted = open_to_all();
    wanted.interface("villain").interface.private_addresses.push("10.0.1.9".into());
    lab.apply(&wanted);
    let socket = lab.instance("target").udp("10.0.1.4:700");
    send(&lab.instance("villain"), "10.0.1.9:0", "second address", "10.0.1.4:700");
    assert_eq!(next(&socket).1.ip().to_string(), "10.0.1.9");
}

/// Changes the interface's hardware address; the kernel forgets its neighbours with the old one.
fn change_mac(instance: &Spot, mac: &str) {
    instance.sh(&format!("ip link set eth0 address {mac}"));
    instance.sh("ip neigh replace 10.0.1.1 lladdr fe:00:00:00:00:01 dev eth0 nud permanent");
}

#[test]
fn a_hardware_address_of_another_is_dropped() {
    let lab = Lab::new();
    lab.apply(&open_to_all());
    let socket = lab.instance("target").udp("10.0.1.4:700");
    let villain = lab.instance("villain");
    change_mac(&villain, "02:00:00:00:00:66");
    send(&villain, "10.0.1.5:0", "forged", "10.0.1.4:700");
    change_mac(&villain, &mac("villain"));
    send(&villain, "10.0.1.5:0", "honest", "10.0.1.4:700");
    assert_eq!(next(&socket).0, "honest");
}

#[test]
fn the_router_answers_arp_only_to_the_true_sender() {
    let lab = Lab::new();
    lab.apply(&open_to_all());
    let villain = lab.instance("villain");
    villain.sh("ip addr add 10.0.1.6/32 dev eth0");
    let asks = |source: &str| {
        villain.sh("ip neigh flush dev eth0");
        villain.sh("ip route replace 10.0.1.1/32 dev eth0");
        send(&villain, source, "who has the router's address?", "10.0.1.1:9");
        loop {
            let entry = villain.sh("ip neigh show 10.0.1.1 dev eth0");
            if !entry.contains("INCOMPLETE") {
                break entry.contains("fe:00:00:00:00:01");
            }
        }
    };
    assert!(asks("10.0.1.5:0"), "an honest question is answered");
    assert!(!asks("10.0.1.6:0"), "a question in another's name is not");
    let router = lab.vpc(VPC).sh("ip neigh show 10.0.1.6");
    assert!(router.contains(&mac("victim")) && router.contains("PERMANENT"), "{router}");
}

#[test]
fn without_source_check_others_packets_pass_but_not_others_hardware() {
    let lab = Lab::new();
    let mut wanted = open_to_all();
    wanted.interface("villain").interface.source_dest_check = false;
    lab.apply(&wanted);
    let socket = lab.instance("target").udp("10.0.1.4:700");
    let router = lab.instance("villain");
    router.sh("ip addr add 172.16.0.1/32 dev eth0");
    send(&router, "172.16.0.1:0", "forwarded", "10.0.1.4:700");
    assert_eq!(next(&socket).1.ip().to_string(), "172.16.0.1");
    change_mac(&router, "02:00:00:00:00:66");
    send(&router, "172.16.0.1:0", "forged", "10.0.1.4:700");
    send(&lab.instance("victim"), "10.0.1.6:0", "honest", "10.0.1.4:700");
    assert_eq!(next(&socket).0, "honest");
}
