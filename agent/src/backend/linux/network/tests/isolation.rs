//! VPCs that use the same addresses.

use super::lab::{Lab, next};
use super::wanted::{Wanted, allow_in, cidr, everything_out};

fn twins() -> Wanted {
    let mut wanted = Wanted::default();
    for (vpc, vni, instances) in [("vpc-a", 1, ["a1", "a2"]), ("vpc-b", 2, ["b1", "b2"])] {
        wanted.vpc(vpc, vni, &["10.0.0.0/16"], false);
        wanted.subnet(&format!("subnet-{vpc}"), vpc, &["10.0.1.0/24"]);
        wanted.group(
            &format!("sg-{vpc}"),
            vpc,
            vec![everything_out(), allow_in("-1", -1, cidr("0.0.0.0/0"))],
        );
        for (name, address) in instances.into_iter().zip(["10.0.1.4", "10.0.1.5"]) {
            wanted.instance(name, vpc, &[address], &[&format!("sg-{vpc}")]);
        }
    }
    wanted
}

#[test]
fn each_vpc_finds_its_own_instance_behind_the_same_address() {
    let lab = Lab::new();
    lab.apply(&twins());
    let in_a = lab.instance("a2").udp("10.0.1.5:700");
    let in_b = lab.instance("b2").udp("10.0.1.5:700");
    lab.instance("a1").udp("10.0.1.4:0").send_to(b"from a", "10.0.1.5:700").unwrap();
    lab.instance("b1").udp("10.0.1.4:0").send_to(b"from b", "10.0.1.5:700").unwrap();
    assert_eq!(next(&in_a).0, "from a");
    assert_eq!(next(&in_b).0, "from b");
}

#[test]
fn an_address_that_only_the_other_vpc_has_is_nowhere() {
    let lab = Lab::new();
    let mut wanted = twins();
    wanted.instance("b3", "vpc-b", &["10.0.1.9"], &["sg-vpc-b"]);
    lab.apply(&wanted);
    let _server = lab.instance("b3").listen("10.0.1.9:80");
    assert!(lab.instance("b1").reaches("10.0.1.9:80"));
    assert!(!lab.instance("a1").reaches("10.0.1.9:80"));
}

#[test]
fn a_broken_object_does_not_stop_the_others() {
    let lab = Lab::new();
    let mut wanted = twins();
    wanted.interface("a2").interface.private_addresses = vec!["192.168.0.1".into()];
    let problems = lab.network.apply(&wanted.0);
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].0.kind.as_str(), problems[0].0.id.as_str()), ("network_interface", "eni-a2"));
    assert_eq!(problems[0].1.to_string(), "private_addresses: 192.168.0.1 is outside subnet-vpc-a");
    let _server = lab.instance("b2").listen("10.0.1.5:80");
    assert!(lab.instance("b1").reaches("10.0.1.5:80"));
}
