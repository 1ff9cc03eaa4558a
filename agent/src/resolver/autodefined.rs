//! Zones every VPC with `enableDnsHostnames` has by itself.
//!
//! Of Amazon's list here are: the names of private addresses, the reverse zones of private networks and of the VPC's own
//! blocks, and those of the loopback. Not here: names of public addresses, names after instance ids, peers' reverse zones.
//! Not Amazon's: the name of the resolver itself, for clients that ask it over HTTPS and so by name.
//!
//! AWS: <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-DSN-queries-to-vpc.html>

use super::{EVERYWHERE, NAME};
use controlplane_proto::dns as proto;
use ipnet::Ipv4Net;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

/// How long clients may keep what they were told of an address.
const TTL_S: u32 = 60;
/// Where the metadata service is.
const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);

/// A zone and what it holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Zone {
    /// With its trailing dot.
    pub(super) name: String,
    /// Values by name and type.
    records: BTreeMap<(String, &'static str), String>,
}

impl Zone {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), records: BTreeMap::new() }
    }

    fn with(mut self, name: impl Into<String>, kind: &'static str, value: impl Into<String>) -> Self {
        self.records.insert((name.into(), kind), value.into());
        self
    }

    /// Its sets, SOA first: without one nothing can be denied.
    pub(super) fn record_sets(&self) -> impl Iterator<Item = proto::RecordSet> {
        let soa = format!("{} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 {TTL_S}", self.name);
        let soa = self.set(&self.name, "SOA", soa);
        let others = self.records.iter().map(|((name, kind), value)| self.set(name, kind, value.clone()));
        std::iter::once(soa).chain(others.collect::<Vec<_>>())
    }

    fn set(&self, name: &str, kind: &str, value: String) -> proto::RecordSet {
        proto::RecordSet {
            key: Some(proto::RecordSetKey {
                zone_id: self.name.clone(),
                name: name.to_owned(),
                r#type: kind.to_owned(),
                set_identifier: String::new(),
            }),
            ttl: TTL_S,
            values: vec![value],
            policy: Some(proto::record_set::Policy::Simple(proto::Simple {})),
            ..proto::RecordSet::default()
        }
    }
}

/// The zones of a VPC in `region` with these blocks and interfaces.
pub(super) fn zones(region: &str, blocks: &[Ipv4Net], addresses: &BTreeSet<Ipv4Addr>) -> Vec<Zone> {
    let domain = domain(region);
    let named = |address: &Ipv4Addr| format!("ip-{}.{domain}", address.to_string().replace('.', "-"));
    let forward = addresses
        .iter()
        .fold(Zone::new(domain.clone()), |zone, address| zone.with(named(address), "A", address.to_string()));
    let mut reverse: Vec<Zone> = reverse_zones(blocks).into_iter().map(Zone::new).collect();
    for address in addresses {
        let pointer = pointer(*address);
        let holds = |zone: &&mut Zone| pointer.ends_with(&format!(".{}", zone.name)) || pointer == zone.name;
        if let Some(zone) = reverse.iter_mut().filter(holds).max_by_key(|zone| zone.name.len()) {
            zone.records.insert((pointer.clone(), "PTR"), named(address));
        }
    }
    let metadata = pointer(METADATA);
    let instance_data = format!("instance-data.{domain}");
    let metadata = Zone::new(metadata.clone()).with(metadata, "PTR", instance_data.clone());
    let forward = forward.with(instance_data, "A", METADATA.to_string());
    let own = format!("{NAME}.");
    let own = Zone::new(own.clone()).with(own, "A", EVERYWHERE.to_string());
    [forward, metadata, own].into_iter().chain(reverse).chain(loopback()).collect()
}

/// The domain of private names.
fn domain(region: &str) -> String {
    match region {
        "us-east-1" => "ec2.internal.".to_owned(),
        region => format!("{region}.compute.internal."),
    }
}

fn loopback() -> [Zone; 5] {
    let four = "127.in-addr.arpa.";
    let six = |last: char| format!("{last}.{}ip6.arpa.", "0.".repeat(31));
    [
        Zone::new("localhost.").with("localhost.", "A", "127.0.0.1").with("localhost.", "AAAA", "::1"),
        Zone::new("localdomain."),
        Zone::new(four).with(format!("1.0.0.{four}"), "PTR", "localhost."),
        Zone::new(six('1')).with(six('1'), "PTR", "localhost."),
        Zone::new(six('0')),
    ]
}

/// Those of private networks (RFC 1918), and those of the VPC's blocks that lie elsewhere.
fn reverse_zones(blocks: &[Ipv4Net]) -> BTreeSet<String> {
    let mut zones: BTreeSet<String> = (16..32).map(|octet| format!("{octet}.172.in-addr.arpa.")).collect();
    zones.extend(["10.in-addr.arpa.", "168.192.in-addr.arpa."].map(str::to_owned));
    for block in blocks.iter().filter(|block| !block.network().is_private()) {
        // A zone ends at an octet, so a block may be several.
        let octets = block.prefix_len().div_ceil(8).clamp(1, 4);
        let parts = block.subnets(octets * 8).into_iter().flatten();
        zones.extend(parts.map(|part| reversed(part.network(), usize::from(octets))));
    }
    zones
}

fn pointer(address: Ipv4Addr) -> String {
    reversed(address, 4)
}

/// The first octets, last first.
fn reversed(address: Ipv4Addr, octets: usize) -> String {
    let labels = address.octets().into_iter().take(octets).rev().map(|octet| octet.to_string());
    format!("{}.in-addr.arpa.", labels.collect::<Vec<_>>().join("."))
}
