//! The doors of the resolvers.

use super::lab::{Lab, next};
use super::wanted::{Wanted, everything_out, small_vpc};

/// An instance in each of two VPCs with the same block. No group lets anything out of the first one.
fn two_vpcs() -> Wanted {
    let mut wanted = Wanted::default();
    for (vpc, vni, name, rules) in [("vpc-a", 1, "a", Vec::new()), ("vpc-b", 2, "b", vec![everything_out()])]
    {
        wanted.vpc(vpc, vni, &["10.0.0.0/16"], false);
        wanted.subnet(&format!("subnet-{vpc}"), vpc, &["10.0.1.0/24"]);
        wanted.group(&format!("sg-{vpc}"), vpc, rules);
        wanted.instance(name, vpc, &["10.0.1.4"], &[&format!("sg-{vpc}")]);
    }
    wanted
}

#[test]
fn instances_reach_their_own_vpcs_resolver_whatever_their_groups_say() {
    let lab = Lab::new();
    let mut wanted = two_vpcs();
    lab.apply(&wanted);
    let (doors, closed) = lab.network.resolver_doors();
    assert_eq!(doors.iter().map(|(vpc, _)| vpc.as_str()).collect::<Vec<_>>(), ["vpc-a", "vpc-b"]);
    assert_eq!(closed, Vec::<String>::new());
    for (address, number) in [("10.0.0.2:53", 0), ("169.254.169.253:53", 1)] {
        let client = lab.instance("a").udp("10.0.1.4:0");
        client.send_to(b"asked", address).unwrap();
        let served = &doors[0].1.datagrams[number];
        let (text, sender) = next(served);
        assert_eq!((text.as_str(), sender), ("asked", client.local_addr().unwrap()));
        served.send_to(b"answered", sender).unwrap();
        assert_eq!(next(&client), ("answered".to_owned(), address.parse().unwrap()));
        let _stream = lab.instance("b").connect(address);
        assert_eq!(doors[1].1.connections[number].accept().unwrap().1.ip().to_string(), "10.0.1.4");
    }
    assert!(!lab.instance("b").reaches("10.0.0.2:54"), "nothing else is there");
    assert!(!lab.instance("a").reaches("10.0.1.5:53"), "the groups hold for everything else");
    assert!(lab.network.resolver_doors().0.is_empty(), "each door is handed out once");
    wanted.remove_instance("b");
    lab.apply(&wanted);
    assert_eq!(lab.network.resolver_doors().1, ["vpc-b"]);
}

#[test]
fn questions_under_way_survive_other_filters() {
    let lab = Lab::new();
    let mut wanted = small_vpc("vpc-a");
    wanted.instance("a", "vpc-a", &["10.0.1.4"], &["sg-vpc-a"]);
    lab.apply(&wanted);
    let (doors, _) = lab.network.resolver_doors();
    let client = lab.instance("a").udp("10.0.1.4:0");
    client.send_to(b"asked", "10.0.0.2:53").unwrap();
    let (_, sender) = next(&doors[0].1.datagrams[0]);
    *wanted.rules("sg-vpc-a") = Vec::new();
    lab.apply(&wanted);
    doors[0].1.datagrams[0].send_to(b"answered", sender).unwrap();
    assert_eq!(next(&client).0, "answered");
}
