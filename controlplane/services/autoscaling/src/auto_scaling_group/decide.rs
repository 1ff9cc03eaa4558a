//! What a group needs now. Pure.

use super::member::{Health, Member, members};
use super::{AutoScalingGroup, member};
use controlplane_services_ec2::subnet::Subnet;
use controlplane_services_kernel::{Record, View};
use controlplane_types::{Key, Timestamp};
use std::collections::BTreeMap;

/// What has to happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Instances to end, with the cause.
    pub terminate: Vec<(String, String)>,
    /// Instances to start: how many in which subnet.
    pub launch: BTreeMap<String, u32>,
    /// Why instances are started.
    pub launch_cause: String,
    /// Nothing is left of a group that is being deleted.
    pub delete: bool,
    /// Decide again at this time.
    pub wake: Option<Timestamp>,
}

impl Decision {
    /// Nothing has to be written.
    pub fn is_settled(&self) -> bool {
        self.terminate.is_empty() && self.launch.is_empty() && !self.delete
    }
}

/// Decides for the group at `key`.
pub fn decide(view: &View, key: &Key, group: &AutoScalingGroup, now: Timestamp) -> Decision {
    let members = members(view, key, group, now);
    let zones = Zones::of(view, key, group);
    let mut decision = Decision { wake: next_grace(group, &members, now), ..Decision::default() };
    for member in &members {
        if let Health::Unhealthy(reason) = member.health {
            let cause = format!("an instance was taken out of service because {reason}");
            decision.terminate.push((member.id.to_owned(), cause));
        }
    }
    let healthy: Vec<&Member<'_>> = members.iter().filter(|member| member.health == Health::Healthy).collect();
    let desired = if group.deleting { 0 } else { group.desired_capacity as usize };
    if healthy.len() > desired {
        let cause = format!("the group has {} instances and its desired capacity is {desired}", healthy.len());
        let surplus = zones.surplus(&healthy, healthy.len() - desired);
        decision.terminate.extend(surplus.into_iter().map(|id| (id, cause.clone())));
    } else if healthy.len() < desired {
        decision.launch_missing(group, &zones, &healthy, desired, now);
    }
    decision.delete = group.deleting && members.is_empty();
    decision
}

impl Decision {
    fn launch_missing(
        &mut self,
        group: &AutoScalingGroup,
        zones: &Zones,
        healthy: &[&Member<'_>],
        desired: usize,
        now: Timestamp,
    ) {
        if let Some(retry) = group.retry.as_ref().filter(|retry| retry.at > now) {
            self.wake = Some(self.wake.map_or(retry.at, |wake| wake.min(retry.at)));
            return;
        }
        self.launch_cause =
            format!("the group has {} healthy instances and its desired capacity is {desired}", healthy.len());
        self.launch = zones.spread(healthy, desired - healthy.len());
    }
}

/// When the grace of a declared-unhealthy young instance ends.
fn next_grace(group: &AutoScalingGroup, members: &[Member<'_>], now: Timestamp) -> Option<Timestamp> {
    let declared = members.iter().filter(|member| group.unhealthy.contains(member.id));
    declared.map(|member| member::graced_until(group, member.instance)).filter(|time| *time > now).min()
}

/// The group's subnets by zone.
struct Zones(BTreeMap<String, Vec<String>>);

impl Zones {
    fn of(view: &View, key: &Key, group: &AutoScalingGroup) -> Self {
        let mut zones: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for id in &group.subnet_ids {
            let subnet = view.get::<Subnet>(&Key::new(&key.account(), &key.scope(), Subnet::KIND, id));
            if let Some(subnet) = subnet {
                zones.entry(subnet.zone.to_string()).or_default().push(id.clone());
            }
        }
        Self(zones)
    }

    /// Where `count` new instances go: always into the zone that has the fewest, and there into the subnet that has.
    fn spread(&self, healthy: &[&Member<'_>], count: usize) -> BTreeMap<String, u32> {
        let mut per_zone: BTreeMap<&str, usize> = self.0.keys().map(|zone| (zone.as_str(), 0)).collect();
        let mut per_subnet: BTreeMap<&str, usize> = BTreeMap::new();
        for member in healthy {
            if let Some(count) = per_zone.get_mut(member.instance.zone.as_str()) {
                *count += 1;
            }
            *per_subnet.entry(&member.instance.subnet_id).or_default() += 1;
        }
        let mut launch: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..count {
            let Some(zone) = per_zone.iter().min_by_key(|(_, count)| **count).map(|(zone, _)| *zone) else { break };
            let subnets = self.0.get(zone).into_iter().flatten();
            let Some(subnet) = subnets.min_by_key(|subnet| per_subnet.get(subnet.as_str()).copied().unwrap_or(0)) else {
                break;
            };
            *per_zone.entry(zone).or_default() += 1;
            *per_subnet.entry(subnet).or_default() += 1;
            *launch.entry(subnet.clone()).or_default() += 1;
        }
        launch
    }

    /// Which `count` instances go first: from the zone that has the most, the one that does not run yet, else the
    /// oldest.
    fn surplus(&self, healthy: &[&Member<'_>], count: usize) -> Vec<String> {
        let mut left: Vec<&Member<'_>> = healthy.to_vec();
        let mut chosen = Vec::with_capacity(count);
        while chosen.len() < count && !left.is_empty() {
            let mut per_zone: BTreeMap<&str, usize> = BTreeMap::new();
            for member in &left {
                // A zone the group has left goes before any other.
                let weight = if self.0.contains_key(&member.instance.zone) { 1 } else { 1_000_000 };
                *per_zone.entry(&member.instance.zone).or_default() += weight;
            }
            let fullest = per_zone.into_iter().max_by_key(|(_, count)| *count).map(|(zone, _)| zone.to_owned());
            let in_zone = left.iter().enumerate().filter(|(_, member)| Some(&member.instance.zone) == fullest.as_ref());
            let first = in_zone.min_by_key(|(_, member)| (member.in_service(), member.instance.launched_at, member.id));
            let Some(index) = first.map(|(index, _)| index) else { break };
            chosen.push(left.remove(index).id.to_owned());
        }
        chosen
    }
}
