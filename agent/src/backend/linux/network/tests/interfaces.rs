//! Interfaces and addresses that come to a running instance and go again.

use super::lab::{Lab, passes};
use super::wanted::{Wanted, allow_in, cidr, everything_out, small_vpc};
use controlplane_proto::agent::route::Target;

const VPC: &str = "vpc-1";

fn server_and_client() -> Wanted {
    let mut wanted = small_vpc(VPC);
    wanted.route(&format!("subnet-{VPC}"), "0.0.0.0/0", Target::InternetGateway, "");
    wanted.group("sg-open", VPC, vec![everything_out(), allow_in("tcp", 80, cidr("0.0.0.0/0"))]);
    wanted.instance("server", VPC, &["10.0.1.4"], &["sg-open"]);
    wanted.instance("client", VPC, &["10.0.1.5"], &["sg-open"]);
    wanted
}

/// The server's second interface, with a place left free between the two.
fn plug_in(wanted: &mut Wanted) {
    wanted.instance("spare", VPC, &["10.0.1.6", "10.0.1.7"], &["sg-open"]);
    let spare = wanted.interface("spare");
    spare.instance_id = "i-server".into();
    spare.device_index = 2;
}

#[test]
fn an_interface_comes_and_goes_while_connections_stand() {
    let lab = Lab::new();
    let mut wanted = server_and_client();
    lab.apply(&wanted);
    let server = lab.instance("server").listen("0.0.0.0:80");
    let mut client = lab.instance("client").connect("10.0.1.4:80");
    let mut kept = server.accept().unwrap().0;
    plug_in(&mut wanted);
    lab.apply(&wanted);
    for address in ["10.0.1.6:80", "10.0.1.7:80", "10.0.1.4:80"] {
        assert!(lab.instance("client").reaches(address), "{address}");
    }
    assert!(lab.instance("server").sh("ip -o link").contains("eth2"));
    assert!(passes(&mut client, &mut kept));
    wanted.remove_instance("spare");
    lab.apply(&wanted);
    assert!(!lab.instance("client").reaches("10.0.1.6:80"));
    assert!(!lab.instance("server").sh("ip -o link").contains("eth2"));
    assert!(passes(&mut client, &mut kept), "the first interface never noticed");
}

#[test]
fn addresses_come_and_go_with_their_public_ones() {
    let lab = Lab::new();
    let mut wanted = server_and_client();
    lab.apply(&wanted);
    let _server = lab.instance("server").listen("0.0.0.0:80");
    wanted.interface("server").interface.private_addresses.push("10.0.1.9".into());
    wanted.public("server", "10.0.1.9", "198.18.7.10");
    lab.apply(&wanted);
    assert!(lab.instance("client").reaches("10.0.1.9:80"));
    assert!(lab.host().reaches("198.18.7.10:80"), "translated to the secondary address");
    wanted.interface("server").interface.public_addresses.clear();
    wanted.public("server", "10.0.1.4", "198.18.7.10");
    lab.apply(&wanted);
    assert!(lab.host().reaches("198.18.7.10:80"), "and now to the primary one");
    wanted.interface("server").interface.private_addresses.pop();
    wanted.interface("server").interface.public_addresses.clear();
    lab.apply(&wanted);
    assert!(!lab.host().reaches("198.18.7.10:80"));
    assert!(!lab.instance("client").reaches("10.0.1.9:80"));
    assert!(lab.instance("client").reaches("10.0.1.4:80"));
}
