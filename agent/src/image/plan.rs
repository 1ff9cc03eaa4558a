//! The pure difference for all images of a node.

use controlplane_proto::agent::Image;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Since when each image on the machine has been undesired, by digest; monotonic time.
pub type UnusedSince = BTreeMap<String, Duration>;

/// Everything that decides about images.
#[derive(Debug)]
pub struct Situation<'a> {
    /// In the desired set, by id.
    pub desired: &'a BTreeMap<&'a str, &'a Image>,
    /// Digests on the machine.
    pub present: &'a [String],
    /// Digests of which only layers are on the machine.
    pub partial: &'a [String],
    /// Instances that are no longer desired are still on the machine; nobody knows which images they use.
    pub leftovers: bool,
    /// From the plan before.
    pub unused_since: &'a UnusedSince,
    /// Monotonic time.
    pub now: Duration,
    /// How long an undesired image stays.
    pub retention: Duration,
}

/// What to do.
#[derive(Debug, Default, PartialEq)]
pub struct Plan {
    /// To unpack, each digest once.
    pub add: Vec<Image>,
    /// Digests to remove.
    pub remove: Vec<String>,
    /// For the next plan.
    pub unused_since: UnusedSince,
    /// When the next image is due for removal; monotonic time.
    pub next_removal: Option<Duration>,
}

/// Decides.
pub fn plan(situation: &Situation<'_>) -> Plan {
    let desired: BTreeMap<&str, &Image> =
        situation.desired.values().map(|image| (image.digest.as_str(), *image)).collect();
    let present: BTreeSet<&str> = situation.present.iter().map(String::as_str).collect();
    let mut plan = Plan { unused_since: unused_since(situation, &desired), ..Plan::default() };
    plan.add = desired
        .iter()
        .filter(|(digest, _)| !present.contains(*digest))
        .map(|(_, it)| (*it).clone())
        .collect();
    if situation.leftovers {
        return plan;
    }
    let due = |since: Duration| since.saturating_add(situation.retention);
    for (digest, since) in &plan.unused_since {
        if due(*since) <= situation.now {
            plan.remove.push(digest.clone());
        }
    }
    plan.next_removal =
        plan.unused_since.values().map(|since| due(*since)).filter(|due| *due > situation.now).min();
    plan
}

fn unused_since(situation: &Situation<'_>, desired: &BTreeMap<&str, &Image>) -> UnusedSince {
    let there = situation.present.iter().chain(situation.partial);
    let unused = there.filter(|digest| !desired.contains_key(digest.as_str()));
    let since = |digest: &String| situation.unused_since.get(digest).copied().unwrap_or(situation.now);
    unused.map(|digest| (digest.clone(), since(digest))).collect()
}

#[cfg(test)]
mod tests;
