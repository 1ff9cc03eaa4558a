//! Over which zones a group spreads.

use super::AutoScalingGroup;
use super::member::Member;
use controlplane_services_ec2::instance::admits;
use controlplane_services_ec2::launch_template::resolve;
use controlplane_services_ec2::subnet::Subnet;
use controlplane_services_ec2::tag::Tags;
use controlplane_services_kernel::{Caller, Reader, Record, View};
use controlplane_services_native::Node;
use controlplane_types::{Key, RegionName, Scope, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The zone of a subnet that is gone: an instance is started there only when nothing else is left, and then
/// the failure tells people.
const NOWHERE: &str = "";

/// The group's subnets by zone.
pub(super) struct Zones {
    subnets: BTreeMap<String, Vec<String>>,
    /// Where new instances go: zones with a node that takes work of this group, or all when there is none anywhere.
    open: BTreeSet<String>,
}

impl Zones {
    pub(super) fn of(view: &View, key: &Key, group: &AutoScalingGroup) -> Self {
        let mut subnets: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for id in &group.subnet_ids {
            let subnet = view.get::<Subnet>(&Key::new(&key.account(), &key.scope(), Subnet::KIND, id));
            let zone = subnet.map_or(NOWHERE, |subnet| subnet.zone.as_str());
            subnets.entry(zone.to_owned()).or_default().push(id.clone());
        }
        let open = open(view, key, group, &subnets);
        Self { subnets, open }
    }

    /// Where `count` new instances go: always into the open zone that has the fewest, and there into the subnet that
    /// has. Subnets in `refused` get none.
    pub(super) fn spread(
        &self,
        members: &[Member<'_>],
        count: u32,
        refused: &BTreeSet<String>,
    ) -> BTreeMap<String, u32> {
        let mut taken = Taken::of(members);
        let usable: BTreeMap<&String, Vec<&String>> = (self.subnets.iter())
            .filter(|(zone, _)| self.open.contains(*zone))
            .map(|(zone, subnets)| {
                (zone, subnets.iter().filter(|subnet| !refused.contains(*subnet)).collect())
            })
            .filter(|(_, subnets): &(_, Vec<_>)| !subnets.is_empty())
            .collect();
        let mut spread: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..count {
            let zone = usable.iter().min_by_key(|(zone, _)| taken.in_zone(zone));
            let place = zone.and_then(|(zone, subnets)| {
                Some((*zone, *subnets.iter().min_by_key(|subnet| taken.in_subnet(subnet))?))
            });
            let Some((zone, subnet)) = place else { break };
            taken.add(zone, subnet);
            *spread.entry(subnet.clone()).or_default() += 1;
        }
        spread
    }

    /// Which `count` instances go first: from a zone the group has left, else from the one that has the most; there
    /// those that do not run yet, then the oldest.
    pub(super) fn surplus(&self, healthy: &[&Member<'_>], count: usize) -> Vec<String> {
        let mut zones: BTreeMap<&str, Vec<&Member<'_>>> = BTreeMap::new();
        for member in healthy {
            zones.entry(&member.instance.zone).or_default().push(member);
        }
        for members in zones.values_mut() {
            members.sort_by_key(|member| (member.in_service(), member.instance.launched_at, member.id));
            members.reverse();
        }
        let next = |_| {
            let filled = zones.iter_mut().filter(|(_, members)| !members.is_empty());
            let fullest =
                filled.max_by_key(|(zone, members)| (!self.subnets.contains_key(**zone), members.len()));
            fullest.and_then(|(_, members)| members.pop()).map(|member| member.id.to_owned())
        };
        (0..count).map_while(next).collect()
    }
}

fn open(
    view: &View,
    key: &Key,
    group: &AutoScalingGroup,
    subnets: &BTreeMap<String, Vec<String>>,
) -> BTreeSet<String> {
    let Scope::Region(region) = key.scope() else { return BTreeSet::new() };
    let tags = member_tags(view, key, &region, group);
    let ready: BTreeSet<&str> = Node::all(view, &region)
        .filter(|node| node.takes_work() && admits(node, &tags))
        .map(|node| node.record.zone.as_str())
        .collect();
    let known = || subnets.keys().filter(|zone| *zone != NOWHERE).cloned();
    let live: BTreeSet<String> = known().filter(|zone| ready.contains(zone.as_str())).collect();
    let known: BTreeSet<String> = known().collect();
    [live, known]
        .into_iter()
        .find(|zones| !zones.is_empty())
        .unwrap_or_else(|| subnets.keys().cloned().collect())
}

/// The tags of a member that is started now: they can select labels and tolerate taints.
fn member_tags(view: &View, key: &Key, region: &RegionName, group: &AutoScalingGroup) -> Tags {
    let caller = Caller::controller(key.account(), region.clone(), "zones");
    let reader = Reader::new(view.clone(), caller, Timestamp::default());
    // A template that cannot be found fails the launch, which tells people.
    let template = resolve(&group.template.specification(), &reader).ok();
    let said = template.and_then(|found| found.data.tag_specifications).unwrap_or_default();
    let said = said.into_iter().filter(|specification| specification.resource_type == "instance");
    let own = said.flat_map(|specification| specification.tags).map(|tag| (tag.key, tag.value));
    own.chain(group.propagated()).collect()
}

/// How many instances each zone and subnet has.
struct Taken {
    zones: BTreeMap<String, usize>,
    subnets: BTreeMap<String, usize>,
}

impl Taken {
    fn of(members: &[Member<'_>]) -> Self {
        let mut taken = Self { zones: BTreeMap::new(), subnets: BTreeMap::new() };
        // One that is about to move away takes nobody's place.
        for member in members.iter().filter(|member| member.is_healthy() && member.displaced.is_none()) {
            taken.add(&member.instance.zone, &member.instance.subnet_id);
        }
        taken
    }

    fn in_zone(&self, zone: &str) -> usize {
        self.zones.get(zone).copied().unwrap_or(0)
    }

    fn in_subnet(&self, subnet: &str) -> usize {
        self.subnets.get(subnet).copied().unwrap_or(0)
    }

    fn add(&mut self, zone: &str, subnet: &str) {
        *self.zones.entry(zone.to_owned()).or_default() += 1;
        *self.subnets.entry(subnet.to_owned()).or_default() += 1;
    }
}
