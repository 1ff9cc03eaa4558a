//! Which open connections a VPC still allows.

use super::super::tests::wanted::{Wanted, allow_in, cidr, everything_out, members_of, rule, small_vpc};
use super::super::topology::Topology;
use super::*;
use controlplane_proto::agent::route::Target;

const VPC: &str = "vpc-1";

/// `web` (public 198.18.7.10) lets members of `sg-clients` to port 80 and everybody to 443 and ping; `far` is on
/// another machine, `nat` forwards for others.
fn setup() -> Wanted {
    let mut wanted = small_vpc(VPC);
    wanted.route("subnet-vpc-1", "0.0.0.0/0", Target::InternetGateway, "");
    wanted.group("sg-clients", VPC, vec![everything_out()]);
    let web = vec![
        allow_in("tcp", 80, members_of("sg-clients")),
        allow_in("tcp", 443, cidr("0.0.0.0/0")),
        rule(false, "icmp", (8, -1), cidr("0.0.0.0/0")),
        rule(true, "tcp", (5432, 5432), cidr("10.0.0.0/16")),
        rule(true, "udp", (53, 53), cidr("0.0.0.0/0")),
    ];
    wanted.group("sg-web", VPC, web);
    wanted.group("sg-nat", VPC, vec![everything_out(), allow_in("udp", 53, cidr("0.0.0.0/0"))]);
    wanted.instance("web", VPC, &["10.0.1.4"], &["sg-web"]);
    wanted.instance("client", VPC, &["10.0.1.5"], &["sg-clients"]);
    wanted.instance("nat", VPC, &["10.0.1.6"], &["sg-nat"]);
    wanted.interface("nat").interface.source_dest_check = false;
    wanted.public("web", "10.0.1.4", "198.18.7.10");
    wanted.neighbor("far", VPC, &["10.0.1.9"], "192.0.2.2");
    wanted
}

fn tuple(protocol: u8, source: (&str, u16), destination: (&str, u16)) -> Tuple {
    Tuple {
        source: source.0.parse().unwrap(),
        destination: destination.0.parse().unwrap(),
        protocol,
        source_port: source.1,
        destination_port: destination.1,
        icmp: (8, 0),
    }
}

const TCP: u8 = 6;
const UDP: u8 = 17;

fn plain(protocol: u8, from: &str, to: &str, port: u16) -> Connection {
    Connection::between(tuple(protocol, (from, 4000), (to, port)), tuple(protocol, (to, port), (from, 4000)))
}

fn inward(from: &str, public: &str, private: &str, port: u16) -> Connection {
    Connection::between(tuple(TCP, (from, 4000), (public, port)), tuple(TCP, (private, port), (from, 4000)))
}

fn outward(private: &str, public: &str, to: &str, port: u16) -> Connection {
    Connection::between(tuple(UDP, (private, 4000), (to, port)), tuple(UDP, (to, port), (public, 4000)))
}

#[test]
fn each_connection_is_judged_as_its_first_packet_was() {
    let cases = [
        ("a member", plain(TCP, "10.0.1.5", "10.0.1.4", 80), true),
        ("a member to another port", plain(TCP, "10.0.1.5", "10.0.1.4", 81), false),
        ("no member", plain(TCP, "10.0.1.6", "10.0.1.4", 80), false),
        ("by address", plain(TCP, "10.0.1.6", "10.0.1.4", 443), true),
        ("from another machine", plain(TCP, "10.0.1.9", "10.0.1.4", 443), true),
        ("to another machine, egress allowed", plain(TCP, "10.0.1.4", "10.0.1.9", 5432), true),
        ("to another machine, egress denied", plain(TCP, "10.0.1.4", "10.0.1.9", 5433), false),
        ("ingress of the other end denied", plain(TCP, "10.0.1.4", "10.0.1.5", 5432), false),
        ("ping", plain(ICMP, "10.0.1.5", "10.0.1.4", 0), true),
        ("ping the other way", plain(ICMP, "10.0.1.4", "10.0.1.5", 0), false),
        ("metadata", plain(TCP, "10.0.1.5", "169.254.169.254", 80), true),
        ("resolver", plain(TCP, "10.0.1.5", "10.0.0.2", 53), true),
        ("resolver everywhere", plain(TCP, "10.0.1.5", "169.254.169.253", 53), true),
        ("a health check", plain(TCP, "240.0.2.2", "10.0.1.4", 443), true),
        ("a health check that is not let in", plain(TCP, "240.0.2.1", "10.0.1.4", 80), false),
        ("from outside", inward("203.0.113.1", "198.18.7.10", "10.0.1.4", 443), true),
        ("from outside to a closed port", inward("203.0.113.1", "198.18.7.10", "10.0.1.4", 80), false),
        ("a public address it no longer has", inward("203.0.113.1", "198.18.7.11", "10.0.1.4", 443), false),
        ("to outside", outward("10.0.1.4", "198.18.7.10", "203.0.113.1", 53), true),
        ("to outside, egress denied", outward("10.0.1.4", "198.18.7.10", "203.0.113.1", 54), false),
        (
            "to outside from an address it no longer has",
            outward("10.0.1.4", "198.18.7.11", "203.0.113.1", 53),
            false,
        ),
        (
            "to an address of nobody, which a forwarder may have",
            plain(UDP, "10.0.1.5", "172.16.0.1", 53),
            true,
        ),
        (
            "to an address of nobody, which no forwarder admits",
            plain(UDP, "10.0.1.5", "172.16.0.1", 54),
            false,
        ),
        ("of an interface that is gone", plain(TCP, "10.0.1.77", "10.0.1.5", 443), false),
    ];
    let topology = Topology::new(&setup().0, Some([192, 0, 2, 1].into()));
    assert!(topology.problems.is_empty());
    let judge = Judge::new(&topology.vpcs[VPC]);
    for (name, connection, expected) in cases {
        assert_eq!(judge.allows(&connection), expected, "{name}");
    }
}
