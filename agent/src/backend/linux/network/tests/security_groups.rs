//! Who may open what: between instances of one subnet, where no router but ours stands.

use super::lab::{Lab, next};
use super::wanted::{Wanted, allow_in, cidr, everything_out, everything_out6, members_of, rule, small_vpc};

const VPC: &str = "vpc-1";

/// `web` may be asked by members of `sg-friends`: `friend` is one, `stranger` is not.
fn friends() -> Wanted {
    let mut wanted = small_vpc(VPC);
    wanted.group("sg-friends", VPC, vec![everything_out(), everything_out6()]);
    wanted.group("sg-strangers", VPC, vec![everything_out(), everything_out6()]);
    wanted.group("sg-web", VPC, vec![allow_in("tcp", 80, members_of("sg-friends"))]);
    wanted.instance("web", VPC, &["10.0.1.4", "fd00:10::4"], &["sg-web"]);
    wanted.instance("friend", VPC, &["10.0.1.5", "fd00:10::5"], &["sg-friends"]);
    wanted.instance("stranger", VPC, &["10.0.1.6", "fd00:10::6"], &["sg-strangers"]);
    wanted
}

#[test]
fn a_group_lets_in_its_members_and_nobody_else() {
    let lab = Lab::new();
    lab.apply(&friends());
    let _server = lab.instance("web").listen("0.0.0.0:80");
    let _other_port = lab.instance("web").listen("0.0.0.0:81");
    assert!(lab.instance("friend").reaches("10.0.1.4:80"));
    assert!(!lab.instance("friend").reaches("10.0.1.4:81"));
    assert!(!lab.instance("stranger").reaches("10.0.1.4:80"));
}

#[test]
fn ipv6_is_no_way_around() {
    let lab = Lab::new();
    lab.apply(&friends());
    let _server = lab.instance("web").listen("[::]:80");
    let _other_port = lab.instance("web").listen("[::]:81");
    assert!(lab.instance("friend").reaches("[fd00:10::4]:80"));
    assert!(!lab.instance("friend").reaches("[fd00:10::4]:81"));
    assert!(!lab.instance("stranger").reaches("[fd00:10::4]:80"));
    let neighbour = lab.instance("web").sh("ip -o -6 addr show dev eth0 scope link");
    let link_local = neighbour.split_whitespace().find(|word| word.starts_with("fe80:")).unwrap().to_owned();
    let link_local = link_local.split('/').next().unwrap();
    let outcome = lab.instance("stranger").run(|| {
        let index = std::fs::read_to_string("/proc/thread-self/net/if_inet6").unwrap();
        let scope =
            index.lines().find(|line| line.ends_with("eth0")).unwrap().split_whitespace().nth(1).unwrap();
        let scope = u32::from_str_radix(scope, 16).unwrap();
        let address = std::net::SocketAddrV6::new(link_local.parse().unwrap(), 80, 0, scope);
        std::net::TcpStream::connect_timeout(&address.into(), std::time::Duration::from_millis(250)).is_ok()
    });
    assert!(!outcome, "the link-local address of another instance answered");
}

#[test]
fn joining_and_leaving_a_group_takes_effect() {
    let lab = Lab::new();
    let mut wanted = friends();
    lab.apply(&wanted);
    let _server = lab.instance("web").listen("0.0.0.0:80");
    wanted.instance("stranger", VPC, &["10.0.1.6"], &["sg-strangers", "sg-friends"]);
    lab.apply(&wanted);
    assert!(lab.instance("stranger").reaches("10.0.1.4:80"));
    wanted.instance("stranger", VPC, &["10.0.1.6"], &["sg-strangers"]);
    lab.apply(&wanted);
    assert!(!lab.instance("stranger").reaches("10.0.1.4:80"));
}

#[test]
fn nothing_leaves_without_an_egress_rule() {
    let lab = Lab::new();
    let mut wanted = friends();
    wanted.rules("sg-web").push(allow_in("tcp", 80, cidr("10.0.0.0/16")));
    wanted.group("sg-mute", VPC, vec![rule(true, "tcp", (80, 80), cidr("10.0.1.4/32"))]);
    wanted.instance("mute", VPC, &["10.0.1.7"], &["sg-mute"]);
    wanted.rules("sg-friends").push(allow_in("-1", -1, cidr("0.0.0.0/0")));
    lab.apply(&wanted);
    let _server = lab.instance("web").listen("0.0.0.0:80");
    let _open = lab.instance("friend").listen("0.0.0.0:80");
    assert!(lab.instance("mute").reaches("10.0.1.4:80"));
    assert!(lab.instance("stranger").reaches("10.0.1.5:80"));
    assert!(!lab.instance("mute").reaches("10.0.1.5:80"));
}

#[test]
fn udp_answers_come_back_but_nothing_else_does() {
    let lab = Lab::new();
    let mut wanted = friends();
    wanted.rules("sg-web").push(allow_in("udp", 53, cidr("10.0.1.5/32")));
    lab.apply(&wanted);
    let server = lab.instance("web").udp("10.0.1.4:53");
    let client = lab.instance("friend").udp("10.0.1.5:5353");
    client.send_to(b"question", "10.0.1.4:53").unwrap();
    let (_, sender) = next(&server);
    server.send_to(b"answer", sender).unwrap();
    assert_eq!(next(&client).0, "answer");
    lab.instance("web").udp("10.0.1.4:54").send_to(b"unasked", sender).unwrap();
    server.send_to(b"second answer", sender).unwrap();
    assert_eq!(next(&client).0, "second answer");
}

#[test]
fn ping_needs_its_rule_in_both_families() {
    let lab = Lab::new();
    let mut wanted = friends();
    lab.apply(&wanted);
    let ping = |name: &str, address: &str| lab.instance(name).pings(address);
    assert!(!ping("friend", "10.0.1.4"));
    wanted.rules("sg-web").push(rule(false, "icmp", (8, -1), cidr("10.0.1.5/32")));
    wanted.rules("sg-web").push(rule(false, "icmpv6", (128, 0), cidr("fd00:10::5/128")));
    lab.apply(&wanted);
    assert!(ping("friend", "10.0.1.4"));
    assert!(ping("friend", "fd00:10::4"));
    assert!(!ping("stranger", "10.0.1.4"));
    assert!(!ping("stranger", "fd00:10::4"));
}

#[test]
fn overlapping_rules_add_up() {
    let lab = Lab::new();
    let mut wanted = friends();
    *wanted.rules("sg-web") = vec![
        rule(false, "tcp", (80, 90), cidr("10.0.1.0/24")),
        rule(false, "tcp", (85, 100), cidr("10.0.1.6/32")),
        allow_in("tcp", 85, members_of("sg-friends")),
        rule(false, "tcp", (100, 100), cidr("0.0.0.0/0")),
    ];
    lab.apply(&wanted);
    let web = lab.instance("web");
    let _servers = [80, 88, 95, 100].map(|port| web.listen(&format!("0.0.0.0:{port}")));
    let cases = [("friend", 80, true), ("friend", 88, true), ("friend", 95, false), ("friend", 100, true)];
    let cases = cases.into_iter().chain([("stranger", 95, true), ("stranger", 88, true)]);
    for (name, port, expected) in cases {
        assert_eq!(
            lab.instance(name).reaches(&format!("10.0.1.4:{port}")),
            expected,
            "{name} to port {port}"
        );
    }
}
