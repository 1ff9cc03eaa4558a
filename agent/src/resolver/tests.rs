//! Zones and answers without sockets, then forwarders and sockets.

mod cache;
mod encrypted;
mod forwarding;
mod https;
mod model;

use super::answering::Verdict;
use super::keeper::{Compiled, Published};
use super::*;
use crate::testing::{OnTokio, block_on_tokio};
use ::dns::answer::Transport;
use controlplane_proto::agent as proto;
use controlplane_proto::desired::DesiredSet;
use controlplane_proto::dns;
use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use proto::object::Object as Content;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 4));

/// What a node is told, zone by zone.
#[derive(Clone, Default)]
struct Told(Vec<Content>);

impl Told {
    /// A VPC in us-east-1 with its resolver on.
    fn vpc(self, id: &str, zones: &[&str]) -> Self {
        self.resolver(proto::Resolver {
            vpc_id: id.into(),
            enabled: true,
            hostnames: true,
            region: "us-east-1".into(),
            zone_ids: zones.iter().map(|id| (*id).to_owned()).collect(),
        })
    }

    fn resolver(mut self, resolver: proto::Resolver) -> Self {
        let vpc = proto::Vpc {
            id: resolver.vpc_id.clone(),
            cidrs: vec!["10.0.0.0/16".into()],
            ..Default::default()
        };
        self.0.extend([Content::Vpc(vpc), Content::Resolver(resolver)]);
        self
    }

    fn zone(mut self, id: &str, name: &str) -> Self {
        self.0.push(Content::PrivateZone(proto::PrivateZone { id: id.into(), name: name.into() }));
        let soa = "ns-0.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400";
        self.set(id, name, "SOA", soa)
    }

    fn set(self, zone: &str, name: &str, kind: &str, value: &str) -> Self {
        self.routed(zone, name, kind, value, "", None)
    }

    fn routed(
        self,
        zone: &str,
        name: &str,
        kind: &str,
        value: &str,
        identifier: &str,
        policy: Option<dns::record_set::Policy>,
    ) -> Self {
        let key = dns::RecordSetKey {
            zone_id: zone.into(),
            name: name.into(),
            r#type: kind.into(),
            set_identifier: identifier.into(),
        };
        let set = dns::RecordSet {
            key: Some(key),
            ttl: 60,
            values: vec![value.into()],
            policy: Some(policy.unwrap_or(dns::record_set::Policy::Simple(dns::Simple {}))),
            ..dns::RecordSet::default()
        };
        self.record_set(set)
    }

    fn record_set(mut self, set: dns::RecordSet) -> Self {
        let key = set.key.clone().unwrap_or_default();
        let id = format!("{} {} {} {}", key.zone_id, key.name, key.r#type, key.set_identifier);
        self.0.push(Content::PrivateRecordSet(proto::PrivateRecordSet { id, record_set: Some(set.into()) }));
        self
    }

    fn with(mut self, content: Content) -> Self {
        self.0.push(content);
        self
    }

    fn held(self) -> Arc<Held> {
        let objects = self.0.into_iter().map(|object| proto::Object { object: Some(object) });
        Arc::new(Held { generation: None, set: DesiredSet::from_objects(objects).unwrap() })
    }

    fn published(self) -> Published {
        Compiled::default().take(&self.held()).unwrap()
    }

    /// Resolvers that ask `forwarders`.
    fn answering(self, forwarders: Forwarders) -> Answering {
        let (publish, published) = watch::channel(self.published());
        // The channel need not be open: nothing changes any more.
        drop(publish);
        Answering::new(published, forwarders, Arc::new(OnTokio))
    }
}

fn nobody_else() -> Forwarders {
    Forwarders { file: "/nonexistent".into(), ..Forwarders::default() }
}

fn packet(name: &str, kind: RecordType) -> Vec<u8> {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message.to_vec().unwrap()
}

/// The reply, also where it takes others.
async fn asked(answering: &Answering, vpc: &str, name: &str, kind: RecordType) -> Message {
    let packet = packet(name, kind);
    let reply = match answering.at_once(vpc, &packet, NOBODY, Transport::Udp) {
        Verdict::Reply(reply) => reply,
        Verdict::Later => answering.later(vpc, &packet, Transport::Udp).await.unwrap(),
        Verdict::Nothing => panic!("{name} is a question"),
    };
    let reply = Message::from_vec(&reply).unwrap();
    assert!(reply.metadata.recursion_available && !reply.metadata.authoritative, "{name}: {reply:?}");
    assert_eq!(reply.metadata.id, 7);
    reply
}

fn values(message: &Message) -> Vec<String> {
    message.answers.iter().map(|record| record.data.to_string()).collect()
}

/// Response code and values.
async fn said(answering: &Answering, vpc: &str, name: &str, kind: RecordType) -> (ResponseCode, Vec<String>) {
    let message = asked(answering, vpc, name, kind).await;
    (message.metadata.response_code, values(&message))
}

/// The one address of a name; its response code where there is none.
async fn address(answering: &Answering, vpc: &str, name: &str) -> String {
    let (code, values) = said(answering, vpc, name, RecordType::A).await;
    values.last().cloned().unwrap_or_else(|| format!("{code:?}"))
}

#[test]
fn each_vpc_sees_its_own_zone_of_a_name() {
    let told = Told::default()
        .vpc("vpc-a", &["Z1"])
        .vpc("vpc-b", &["Z2"])
        .vpc("vpc-c", &[])
        .zone("Z1", "corp.test.")
        .set("Z1", "db.corp.test.", "A", "10.0.0.1")
        .zone("Z2", "corp.test.")
        .set("Z2", "db.corp.test.", "A", "10.0.0.2")
        .set("Z2", "only.corp.test.", "A", "10.0.0.3");
    block_on_tokio(async {
        let answering = told.answering(nobody_else());
        for (vpc, name, expected) in [
            ("vpc-a", "db.corp.test.", "10.0.0.1"),
            ("vpc-b", "db.corp.test.", "10.0.0.2"),
            ("vpc-b", "only.corp.test.", "10.0.0.3"),
            ("vpc-a", "only.corp.test.", "NXDomain"),
            ("vpc-c", "db.corp.test.", "ServFail"),
        ] {
            assert_eq!(address(&answering, vpc, name).await, expected, "{name} in {vpc}");
        }
    });
}

#[test]
fn the_most_specific_zone_takes_a_query_and_is_searched_alone() {
    let told = Told::default()
        .vpc("vpc-a", &["Z1", "Z2"])
        .zone("Z1", "corp.test.")
        .set("Z1", "a.sub.corp.test.", "A", "10.0.0.1")
        .set("Z1", "*.corp.test.", "A", "10.0.0.9")
        .zone("Z2", "sub.corp.test.")
        .set("Z2", "b.sub.corp.test.", "A", "10.0.0.2");
    block_on_tokio(async {
        let answering = told.answering(nobody_else());
        for (name, expected) in [
            ("b.sub.corp.test.", "10.0.0.2"),
            ("a.sub.corp.test.", "NXDomain"),
            ("sub.corp.test.", "NoError"),
            ("other.corp.test.", "10.0.0.9"),
        ] {
            assert_eq!(address(&answering, "vpc-a", name).await, expected, "{name}");
        }
        let denied = asked(&answering, "vpc-a", "b.sub.corp.test.", RecordType::AAAA).await;
        assert_eq!(denied.metadata.response_code, ResponseCode::NoError);
        assert!(matches!(denied.authorities[0].data, RData::SOA(_)));
    });
}

#[test]
fn a_resolver_that_is_off_refuses_and_an_unknown_one_is_silent() {
    let off = proto::Resolver { vpc_id: "vpc-a".into(), enabled: false, ..proto::Resolver::default() };
    block_on_tokio(async {
        let answering = Told::default().resolver(off).answering(nobody_else());
        assert_eq!(address(&answering, "vpc-a", "localhost.").await, "Refused");
        let question = packet("localhost.", RecordType::A);
        assert_eq!(answering.at_once("vpc-b", &question, NOBODY, Transport::Udp), Verdict::Later);
        assert_eq!(answering.later("vpc-b", &question, Transport::Udp).await, None);
    });
}

#[test]
fn whoever_asks_is_where_the_vpc_is() {
    let latency = |region: &str| dns::record_set::Policy::Latency(dns::Latency { region: region.into() });
    let country = |code: &str| {
        let location = dns::Geolocation { country_code: code.into(), ..dns::Geolocation::default() };
        dns::record_set::Policy::Geolocation(location)
    };
    let near = |region: &str| {
        let place = Some(dns::geoproximity::Place::Region(region.into()));
        dns::record_set::Policy::Geoproximity(dns::Geoproximity { place, bias: 0 })
    };
    let mut told = Told::default().zone("Z1", "corp.test.");
    for (name, policies) in [
        ("l.corp.test.", [latency("us-west-2"), latency("eu-central-1"), latency("ap-south-1")]),
        ("g.corp.test.", [country("US"), country("IE"), country("*")]),
        ("p.corp.test.", [near("us-east-2"), near("eu-west-2"), near("sa-east-1")]),
    ] {
        for (number, policy) in policies.into_iter().enumerate() {
            let value = format!("10.0.0.{number}");
            told = told.routed("Z1", name, "A", &value, &number.to_string(), Some(policy));
        }
    }
    for (vpc, region) in [("vpc-us", "us-east-1"), ("vpc-eu", "eu-west-1"), ("vpc-in", "ap-south-2")] {
        told = told.resolver(proto::Resolver {
            vpc_id: vpc.into(),
            enabled: true,
            hostnames: true,
            region: region.into(),
            zone_ids: vec!["Z1".into()],
        });
    }
    block_on_tokio(async {
        let answering = told.answering(nobody_else());
        for (vpc, expected) in
            [("vpc-us", ["0", "0", "0"]), ("vpc-eu", ["1", "1", "1"]), ("vpc-in", ["2", "2", "1"])]
        {
            for (name, expected) in ["l.corp.test.", "g.corp.test.", "p.corp.test."].into_iter().zip(expected)
            {
                let found = address(&answering, vpc, name).await;
                assert_eq!(found, format!("10.0.0.{expected}"), "{name} in {vpc}");
            }
        }
    });
}

#[test]
fn every_vpc_knows_its_private_addresses_and_the_loopback() {
    let interface = proto::NetworkInterface {
        id: "eni-1".into(),
        vpc_id: "vpc-a".into(),
        private_addresses: vec!["10.0.0.5".into(), "10.0.0.6".into()],
        ..proto::NetworkInterface::default()
    };
    let neighbor = proto::Neighbor {
        network_interface_id: "eni-2".into(),
        vpc_id: "vpc-a".into(),
        addresses: vec!["10.0.1.7".into(), "fd00::7".into()],
        ..proto::Neighbor::default()
    };
    let elsewhere = proto::Neighbor {
        network_interface_id: "eni-3".into(),
        vpc_id: "vpc-b".into(),
        addresses: vec!["10.0.1.8".into()],
        ..proto::Neighbor::default()
    };
    let told = Told::default()
        .vpc("vpc-a", &[])
        .resolver(proto::Resolver {
            vpc_id: "vpc-b".into(),
            enabled: true,
            hostnames: true,
            region: "eu-west-1".into(),
            zone_ids: Vec::new(),
        })
        .resolver(proto::Resolver {
            vpc_id: "vpc-c".into(),
            enabled: true,
            hostnames: false,
            region: "us-east-1".into(),
            zone_ids: Vec::new(),
        })
        .with(Content::NetworkInterface(interface))
        .with(Content::Neighbor(neighbor))
        .with(Content::Neighbor(elsewhere));
    let ptr = RecordType::PTR;
    block_on_tokio(async {
        let answering = told.answering(nobody_else());
        let nx = "NXDomain";
        for (vpc, name, kind, expected) in [
            ("vpc-a", "ip-10-0-0-5.ec2.internal.", RecordType::A, "10.0.0.5"),
            ("vpc-a", "ip-10-0-0-6.ec2.internal.", RecordType::A, "10.0.0.6"),
            ("vpc-a", "ip-10-0-1-7.ec2.internal.", RecordType::A, "10.0.1.7"),
            ("vpc-a", "ip-10-0-1-8.ec2.internal.", RecordType::A, nx),
            ("vpc-b", "ip-10-0-1-8.eu-west-1.compute.internal.", RecordType::A, "10.0.1.8"),
            ("vpc-a", "7.1.0.10.in-addr.arpa.", ptr, "ip-10-0-1-7.ec2.internal."),
            ("vpc-a", "9.1.0.10.in-addr.arpa.", ptr, nx),
            ("vpc-a", "1.2.31.172.in-addr.arpa.", ptr, nx),
            ("vpc-a", "1.2.168.192.in-addr.arpa.", ptr, nx),
            ("vpc-a", "254.169.254.169.in-addr.arpa.", ptr, "instance-data.ec2.internal."),
            ("vpc-a", "localhost.", RecordType::AAAA, "::1"),
            ("vpc-a", "host.localdomain.", RecordType::A, nx),
            ("vpc-a", "1.0.0.127.in-addr.arpa.", ptr, "localhost."),
            ("vpc-a", "1.2.32.172.in-addr.arpa.", ptr, "ServFail"),
            ("vpc-a", "resolver.hearth.internal.", RecordType::A, "169.254.169.253"),
            ("vpc-c", "ip-10-0-0-5.ec2.internal.", RecordType::A, "ServFail"),
            ("vpc-c", "resolver.hearth.internal.", RecordType::A, "ServFail"),
        ] {
            let (code, values) = said(&answering, vpc, name, kind).await;
            let found = values.first().cloned().unwrap_or_else(|| format!("{code:?}"));
            assert_eq!(found, expected, "{name} in {vpc}");
        }
    });
}

#[test]
fn blocks_that_are_not_private_have_reverse_zones_too() {
    let address: Ipv4Addr = "100.64.17.5".parse().unwrap();
    for (block, expected) in [
        ("100.64.0.0/10", "64.100.in-addr.arpa."),
        ("100.64.16.0/20", "17.64.100.in-addr.arpa."),
        ("100.64.17.0/28", "5.17.64.100.in-addr.arpa."),
    ] {
        let zones = autodefined::zones("us-east-1", &[block.parse().unwrap()], &[address].into());
        let zone = zones.iter().find(|zone| zone.name == expected).unwrap_or_else(|| panic!("{block}"));
        assert_eq!(zone.record_sets().count(), 2, "SOA and the pointer");
        assert!(zones.len() < 200, "{}", zones.len());
    }
}

#[test]
fn a_private_zone_takes_the_place_of_one_that_is_defined_by_itself() {
    let told = Told::default()
        .vpc("vpc-a", &["Z1", "Z2"])
        .zone("Z1", "ec2.internal.")
        .set("Z1", "mine.ec2.internal.", "A", "10.0.0.1")
        .zone("Z2", "1.10.in-addr.arpa.")
        .set("Z2", "9.0.1.10.in-addr.arpa.", "PTR", "mine.ec2.internal");
    block_on_tokio(async {
        let answering = told.answering(nobody_else());
        assert_eq!(address(&answering, "vpc-a", "mine.ec2.internal.").await, "10.0.0.1");
        assert_eq!(address(&answering, "vpc-a", "instance-data.ec2.internal.").await, "NXDomain");
        let (_, found) = said(&answering, "vpc-a", "9.0.1.10.in-addr.arpa.", RecordType::PTR).await;
        assert_eq!(found, ["mine.ec2.internal."], "the more specific reverse zone");
        let (code, _) = said(&answering, "vpc-a", "9.0.2.10.in-addr.arpa.", RecordType::PTR).await;
        assert_eq!(code, ResponseCode::NXDomain, "the other is still there");
    });
}

#[test]
fn names_are_compiled_again_only_when_they_change() {
    let told = Told::default().vpc("vpc-a", &["Z1"]).zone("Z1", "corp.test.");
    let mut compiled = Compiled::default();
    let first = compiled.take(&told.clone().held()).unwrap()["vpc-a"].clone();
    let same = compiled.take(&told.clone().held()).unwrap()["vpc-a"].clone();
    assert!(Arc::ptr_eq(&first, &same), "a full set that says the same");
    let held = told.clone().held();
    compiled.take(&held);
    let mut next = (*held).clone();
    let image = proto::Image { id: "i".into(), ..proto::Image::default() };
    next.set.insert(proto::Object { object: Some(Content::Image(image)) }).unwrap();
    assert!(compiled.take(&Arc::new(next)).is_none(), "that is not about names");
    let changed = compiled.take(&told.set("Z1", "x.corp.test.", "A", "10.0.0.1").held()).unwrap();
    assert!(!Arc::ptr_eq(&first, &changed["vpc-a"]));
    assert!(compiled.take(&Told::default().held()).unwrap().is_empty(), "gone with its VPC");
}

#[test]
fn noise_is_met_with_silence_or_a_refusal() {
    block_on_tokio(async {
        let answering = Told::default().vpc("vpc-a", &[]).answering(nobody_else());
        let verdict = |packet: &[u8]| answering.at_once("vpc-a", packet, NOBODY, Transport::Udp);
        let mut reply = packet("localhost.", RecordType::A);
        reply[2] |= 0x80;
        for nothing in [&b""[..], b"\0\0\0\0\0\0\0\0\0\0\0", &reply] {
            assert_eq!(verdict(nothing), Verdict::Nothing, "{nothing:?}");
        }
        let mut chaos = packet("version.bind.", RecordType::TXT);
        let last = chaos.len() - 1;
        chaos[last] = 3;
        for refused in [chaos, packet("corp.test.", RecordType::AXFR)] {
            assert!(matches!(verdict(&refused), Verdict::Reply(reply) if reply[3] & 0xf != 0), "{refused:?}");
        }
    });
}
