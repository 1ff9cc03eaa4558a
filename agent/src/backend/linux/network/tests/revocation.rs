//! Permissions taken back while connections are open.

use super::lab::{Lab, passes};
use super::wanted::{Wanted, allow_in, cidr, everything_out, members_of, rule, small_vpc};
use std::net::TcpStream;

const VPC: &str = "vpc-1";

fn two_ports() -> Wanted {
    let mut wanted = small_vpc(VPC);
    // The server may open connections to the clients itself: what it still has to send must not found a new one.
    let back = rule(false, "tcp", (-1, -1), cidr("10.0.1.4/32"));
    wanted.group("sg-clients", VPC, vec![everything_out(), back]);
    let ports = [80, 81].map(|port| allow_in("tcp", port, members_of("sg-clients")));
    wanted.group("sg-web", VPC, ports.into_iter().chain([everything_out()]).collect());
    wanted.instance("web", VPC, &["10.0.1.4"], &["sg-web"]);
    wanted.instance("client", VPC, &["10.0.1.5"], &["sg-clients"]);
    wanted
}

struct Open {
    client: TcpStream,
    server: TcpStream,
}

fn open(lab: &Lab, port: u16) -> Open {
    let listener = lab.instance("web").listen(&format!("10.0.1.4:{port}"));
    let client = lab.instance("client").connect(&format!("10.0.1.4:{port}"));
    Open { client, server: listener.accept().unwrap().0 }
}

impl Open {
    fn forward(&mut self) -> bool {
        passes(&mut self.client, &mut self.server)
    }

    fn backward(&mut self) -> bool {
        passes(&mut self.server, &mut self.client)
    }
}

#[test]
fn a_removed_rule_ends_its_connections_and_no_others() {
    let lab = Lab::new();
    let mut wanted = two_ports();
    lab.apply(&wanted);
    let (mut kept, mut cut) = (open(&lab, 80), open(&lab, 81));
    assert!(kept.forward() && kept.backward() && cut.forward() && cut.backward());

    wanted.rules("sg-web").retain(|rule| rule.from_port != 81);
    lab.apply(&wanted);
    let _server = lab.instance("web").listen("10.0.1.4:81");
    assert!(!lab.instance("client").reaches("10.0.1.4:81"), "new connections are refused");
    assert!(!cut.backward(), "the server's next packet is not the start of a connection of its own");
    assert!(!cut.forward(), "the open connection is cut");
    assert!(kept.forward() && kept.backward(), "the other one lives on");
}

#[test]
fn leaving_the_group_ends_connections() {
    let lab = Lab::new();
    let mut wanted = two_ports();
    lab.apply(&wanted);
    let mut connection = open(&lab, 80);
    assert!(connection.forward());
    wanted.instance("client", VPC, &["10.0.1.5"], &[&format!("sg-{VPC}")]);
    lab.apply(&wanted);
    assert!(!connection.forward());
    assert!(!connection.backward());
}

#[test]
fn a_rule_that_is_only_written_differently_ends_nothing() {
    let lab = Lab::new();
    let mut wanted = two_ports();
    lab.apply(&wanted);
    let mut connection = open(&lab, 80);
    assert!(connection.forward());
    *wanted.rules("sg-web") = vec![allow_in("tcp", 80, cidr("10.0.1.0/24"))];
    lab.apply(&wanted);
    assert!(connection.forward() && connection.backward());
}

#[test]
fn an_agent_that_died_before_judging_leaves_it_to_the_next() {
    let mut lab = Lab::new();
    let mut wanted = two_ports();
    lab.apply(&wanted);
    let mut connection = open(&lab, 80);
    assert!(connection.forward());
    wanted.rules("sg-web").retain(|rule| rule.from_port != 80);
    let died = lab.steps(&wanted);
    let filters_only = died.iter().all(|step| matches!(step.change, super::super::Change::Filter(_)));
    assert!(filters_only && !died.is_empty());
    lab.carry_out(&wanted, died);
    assert!(connection.forward(), "established connections pass the changed filter");
    lab.restart();
    lab.apply(&wanted);
    assert!(!connection.forward());
}
