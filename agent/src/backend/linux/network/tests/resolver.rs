//! The doors of the resolvers.

use super::lab::{Lab, Spot, next};
use super::wanted::{Wanted, everything_out, small_vpc};
use crate::desired::Held;
use crate::resolver::{EVERYWHERE, Forwarders, NAME, Resolvers};
use crate::testing::authority::Authority;
use crate::testing::{OnTokio, block_on_tokio};
use controlplane_proto::agent as proto;
use controlplane_proto::agent::object::Object as Content;
use controlplane_proto::desired::DesiredSet;
use std::path::Path;
use std::sync::Arc;

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
        let served = &doors[1].1;
        let host = address.strip_suffix(":53").unwrap();
        for (port, listeners) in [(53, &served.connections), (853, &served.tls), (443, &served.https)] {
            let _stream = lab.instance("b").connect(&format!("{host}:{port}"));
            assert_eq!(listeners[number].accept().unwrap().1.ip().to_string(), "10.0.1.4");
        }
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

/// What a client in `spot` prints, one way after the other: answers of every transport, by clients that check who answers.
fn every_way(spot: &Spot, authority: &Path, name: &str) -> Vec<String> {
    let trust = format!("+tls-ca={} +tls-hostname={NAME}", authority.display());
    let plain = ["", "+tcp"].map(str::to_owned);
    let encrypted = ["+tls", "+https", "+https-get"].map(|way| format!("{way} {trust}"));
    let ways = plain.into_iter().chain(encrypted);
    let asked = |address: String, way: String| {
        let dig = "dig +time=5 +tries=1 +noall +comments +answer +noedns";
        let said = spot.sh(&format!("{dig} {way} @{address} {name} A"));
        let code = said.split("status: ").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or_default();
        let values = said.lines().filter(|line| !line.starts_with(';'));
        let values: Vec<&str> = values.filter_map(|line| line.split_whitespace().nth(4)).collect();
        format!("{code} {}", values.join(" "))
    };
    let addresses = || ["10.0.0.2".to_owned(), EVERYWHERE.to_string()];
    ways.flat_map(|way| addresses().map(|address| asked(address, way.clone()))).collect()
}

/// Two VPCs in different regions, each with the interface of its instance.
fn names_of_both() -> Arc<Held> {
    let both = [("vpc-a", "us-east-1", "10.0.1.4"), ("vpc-b", "eu-west-1", "10.0.1.4")];
    let objects = both.into_iter().flat_map(|(vpc, region, address)| {
        let interface = proto::NetworkInterface {
            id: format!("eni-{vpc}"),
            vpc_id: vpc.into(),
            private_addresses: vec![address.into()],
            ..Default::default()
        };
        let resolver = proto::Resolver {
            vpc_id: vpc.into(),
            enabled: true,
            hostnames: true,
            region: region.into(),
            zone_ids: Vec::new(),
        };
        let blocks = vec!["10.0.0.0/16".to_owned()];
        let vpc = proto::Vpc { id: vpc.into(), cidrs: blocks, ..Default::default() };
        [Content::Vpc(vpc), Content::NetworkInterface(interface), Content::Resolver(resolver)]
    });
    let objects = objects.map(|object| proto::Object { object: Some(object) });
    Arc::new(Held { generation: None, set: DesiredSet::from_objects(objects).unwrap() })
}

#[test]
fn clients_get_the_same_answers_over_tls_and_https() {
    let lab = Lab::new();
    lab.apply(&two_vpcs());
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("ca.pem");
    std::fs::write(&trusted, authority.pem()).unwrap();
    block_on_tokio(async {
        let nobody = Forwarders { file: "/nonexistent".into(), ..Forwarders::default() };
        let resolvers = Resolvers::new(nobody, Arc::new(OnTokio));
        resolvers.encrypt(authority.resolver()).unwrap();
        for (vpc, sockets) in lab.network.resolver_doors().0 {
            resolvers.serve(&vpc, sockets).unwrap();
        }
        resolvers.set(names_of_both());
        let found = "NOERROR 10.0.1.4";
        for (instance, name, expected) in [
            ("a", "ip-10-0-1-4.ec2.internal", found),
            ("a", "ip-10-0-1-5.ec2.internal", "NXDOMAIN "),
            ("a", "ip-10-0-1-4.eu-west-1.compute.internal", "SERVFAIL "),
            ("b", "ip-10-0-1-4.eu-west-1.compute.internal", found),
            ("b", "ip-10-0-1-4.ec2.internal", "SERVFAIL "),
            ("b", NAME, "NOERROR 169.254.169.253"),
        ] {
            let spot = lab.instance(instance);
            let said = tokio::task::block_in_place(|| every_way(&spot, &trusted, name));
            assert_eq!(said, vec![expected; 10], "{name} from {instance}");
        }
        web_clients_hear_what_is_wrong(&lab.instance("a"), &trusted);
        for wrong in
            [format!("+tls-ca={} +tls-hostname=dns.example", trusted.display()), "+tls-ca".to_owned()]
        {
            let dig = format!("dig +time=5 +tries=1 +tls {wrong} @10.0.0.2 {NAME}; true");
            let said = tokio::task::block_in_place(|| lab.instance("a").sh(&dig));
            assert!(!said.contains("NOERROR"), "{wrong}: {said}");
        }
    });
}

/// By the address that is in the certificate, in both versions of HTTP.
fn web_clients_hear_what_is_wrong(spot: &Spot, authority: &Path) {
    let url = format!("https://{EVERYWHERE}/dns-query");
    let typed = "-H content-type:application/dns-message";
    for version in ["--http1.1", "--http2"] {
        let curl = format!(
            "curl --silent --show-error --max-time 5 {version} --cacert {} --output /dev/null \
             --write-out '%{{http_code}} %{{http_version}}'",
            authority.display()
        );
        for (asked, status) in [
            (format!("'{url}?dns=AAABAAABAAAAAAAACWxvY2FsaG9zdAAAAQAB'"), "200"),
            (url.clone(), "400"),
            (format!("{typed} --data noise {url}"), "400"),
            (format!("--data noise {url}"), "415"),
            (format!("--request PUT {url}"), "405"),
            (format!("{typed} --data \"$(head -c 5000 /dev/zero | tr '\\0' x)\" {url}"), "413"),
            (format!("https://{EVERYWHERE}/"), "404"),
        ] {
            let said = tokio::task::block_in_place(|| spot.sh(&format!("{curl} {asked}")));
            let expected = format!("{status} {}", if version == "--http2" { "2" } else { "1.1" });
            assert_eq!(said, expected, "{version} {asked}");
        }
    }
}
