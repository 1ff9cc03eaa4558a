//! What the resolver of each VPC answers from, as the desired set says it. Pure.

use super::autodefined;
use crate::desired::{Held, View};
use controlplane_proto::dns as proto;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// Of one VPC.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct VpcNames {
    /// Whether the resolver answers at all.
    pub(super) enabled: bool,
    /// Where everybody is who asks.
    pub(super) region: String,
    /// Private zones and those AWS defines; no two have one name.
    pub(super) zones: Vec<proto::Zone>,
    pub(super) record_sets: Vec<proto::RecordSet>,
}

/// By VPC.
pub(super) fn of(held: &Held) -> BTreeMap<String, VpcNames> {
    let view = View::of(&held.set);
    let mut sets: BTreeMap<&str, Vec<&proto::RecordSet>> = BTreeMap::new();
    for set in view.private_record_sets.values().filter_map(|told| told.record_set.as_deref()) {
        let zone = set.key.as_ref().map_or("", |key| key.zone_id.as_str());
        sets.entry(zone).or_default().push(set);
    }
    let one = |(id, resolver): (&&str, &&controlplane_proto::agent::Resolver)| {
        let mut names =
            VpcNames { enabled: resolver.enabled, region: resolver.region.clone(), ..VpcNames::default() };
        for zone in resolver.zone_ids.iter().filter_map(|id| view.private_zones.get(id.as_str())) {
            let (id, name) = (zone.id.clone(), zone.name.clone());
            names.zones.push(proto::Zone { id, name, ..proto::Zone::default() });
            let own = sets.get(zone.id.as_str()).into_iter().flatten();
            names.record_sets.extend(own.map(|set| (*set).clone()));
        }
        if resolver.hostnames {
            names.add_autodefined(&autodefined::zones(
                &resolver.region,
                &blocks(&view, id),
                &addresses(&view, id),
            ));
        }
        ((*id).to_owned(), names)
    };
    view.resolvers.iter().map(one).collect()
}

impl VpcNames {
    /// A private zone takes the place of one of the same name.
    fn add_autodefined(&mut self, zones: &[autodefined::Zone]) {
        for zone in zones {
            if self.zones.iter().all(|private| private.name != zone.name) {
                self.zones.push(proto::Zone {
                    id: zone.name.clone(),
                    name: zone.name.clone(),
                    ..proto::Zone::default()
                });
                self.record_sets.extend(zone.record_sets());
            }
        }
    }
}

/// The VPC's IPv4 blocks.
fn blocks(view: &View<'_>, vpc_id: &str) -> Vec<ipnet::Ipv4Net> {
    let vpc = view.vpcs.get(vpc_id);
    vpc.into_iter().flat_map(|vpc| &vpc.cidrs).filter_map(|cidr| cidr.parse().ok()).collect()
}

/// IPv4 addresses of the VPC's interfaces, wherever they are.
fn addresses(view: &View<'_>, vpc_id: &str) -> std::collections::BTreeSet<Ipv4Addr> {
    let own = view.interfaces.values().filter(|it| it.vpc_id == vpc_id).flat_map(|it| &it.private_addresses);
    let others = view.neighbors.values().filter(|it| it.vpc_id == vpc_id).flat_map(|it| &it.addresses);
    own.chain(others).filter_map(|address| address.parse().ok()).collect()
}
