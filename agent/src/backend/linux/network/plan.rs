//! The difference between what is and what is wanted, as steps in an order that is safe at every point.
//!
//! 1. What is in the way goes: stale links, then items, then namespaces.
//! 2. Namespaces, their settings, and links are made; links stay down.
//! 3. Filters: one transaction per namespace.
//! 4. Links go up. So no packet passes a link whose rules are not in force.
//! 5. Addresses, neighbours, routes and rules, which want their link up.

use super::firewall::Transaction;
use super::model::{Item, Link, LinkKind, Place, Plane, Setting, World};
use std::collections::{BTreeMap, BTreeSet};

/// One change. Carrying out a step that was carried out already fails at worst with "exists" or "not there".
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) place: Place,
    pub(super) change: Change,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    RemoveLink(String),
    RemoveItem(Item),
    RemoveNamespace,
    CreateNamespace,
    Set(Setting, String),
    /// A veth pair: this end, the other end's place and name, the other end.
    CreateCable {
        name: String,
        link: Link,
        peer: (Place, String),
        far: Link,
    },
    CreateOverlay {
        name: String,
        link: Link,
    },
    Filter(Transaction),
    /// Alias, MTU and up, in one request.
    BringUp {
        name: String,
        link: Link,
    },
    AddItem(Item),
}

/// All steps from `found` to `wanted`; none if they agree.
pub(super) fn plan(found: &World, wanted: &World) -> Vec<Step> {
    let plan = Plan { stale: stale_links(found, wanted), found, wanted };
    let phases = [
        plan.remove_links(),
        plan.remove_items(),
        plan.remove_namespaces(),
        plan.create_namespaces(),
        plan.set(|setting| setting.link.is_none()),
        plan.create_links(),
        plan.set(|setting| setting.link.is_some()),
        plan.filter(),
        plan.bring_up(),
        plan.add_items(),
    ];
    phases.into_iter().flatten().collect()
}

type LinkKey = (Place, String);

struct Plan<'a> {
    found: &'a World,
    wanted: &'a World,
    /// Found links that are not the wanted ones. The other end of a stale cable is stale too.
    stale: BTreeSet<LinkKey>,
}

impl Plan<'_> {
    /// A namespace that goes takes its links along, many at once, where each one removed by itself costs the kernel
    /// a grace period. Only an overlay is removed by hand: until its namespace is really gone, it would keep a new one
    /// with the same network identifier from being made.
    fn remove_links(&self) -> Vec<Step> {
        let by_hand = |(place, name): &&LinkKey| {
            let overlay = |link: &Link| matches!(link.kind, LinkKind::Vxlan { .. });
            self.wanted.contains_key(place) || self.found[place].links.get(name).is_some_and(overlay)
        };
        let stale = self.stale.iter().filter(by_hand);
        stale.map(|(place, name)| step(place, Change::RemoveLink(name.clone()))).collect()
    }

    fn remove_items(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (place, plane) in self.found.iter().filter(|(place, _)| self.wanted.contains_key(*place)) {
            let wanted = &self.wanted[place].items;
            let gone = |item: &&Item| !wanted.contains(*item) && !self.goes_with_link(place, item);
            steps.extend(
                plane
                    .items
                    .iter()
                    .rev()
                    .filter(gone)
                    .map(|item| step(place, Change::RemoveItem(item.clone()))),
            );
        }
        steps
    }

    fn remove_namespaces(&self) -> Vec<Step> {
        let gone = self.found.keys().filter(|place| !self.wanted.contains_key(*place));
        gone.map(|place| step(place, Change::RemoveNamespace)).collect()
    }

    fn create_namespaces(&self) -> Vec<Step> {
        let new = self.wanted.keys().filter(|place| !self.found.contains_key(*place));
        new.map(|place| step(place, Change::CreateNamespace)).collect()
    }

    fn set(&self, phase: impl Fn(&Setting) -> bool) -> Vec<Step> {
        let mut steps = Vec::new();
        for (place, plane) in self.wanted {
            for (setting, value) in plane.settings.iter().filter(|(setting, _)| phase(setting)) {
                let fresh = setting.link.as_ref().is_some_and(|link| self.is_stale(place, link));
                let there = self.found.get(place).and_then(|found| found.settings.get(setting));
                if fresh || there != Some(value) {
                    steps.push(step(place, Change::Set(setting.clone(), value.clone())));
                }
            }
        }
        steps
    }

    fn create_links(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (place, name, link) in
            links(self.wanted).filter(|(place, name, _)| self.current(place, name).is_none())
        {
            let (name, link) = (name.clone(), link.clone());
            match &link.kind {
                LinkKind::Vxlan { .. } => steps.push(step(place, Change::CreateOverlay { name, link })),
                LinkKind::Veth { peer: Some(peer) } => {
                    let Some(far) = far_end(self.wanted, peer) else {
                        continue;
                    };
                    let (peer, far) = (peer.clone(), far.clone());
                    steps.push(step(place, Change::CreateCable { name, link, peer, far }));
                }
                LinkKind::Veth { peer: None } | LinkKind::Loopback => {}
            }
        }
        steps
    }

    fn filter(&self) -> Vec<Step> {
        let nothing = Plane::default();
        let mut steps = Vec::new();
        for (place, plane) in self.wanted {
            let found = self.found.get(place).unwrap_or(&nothing);
            let transaction = Transaction::between(&found.firewall, &plane.firewall);
            if !transaction.is_empty() {
                steps.push(step(place, Change::Filter(transaction)));
            }
        }
        steps
    }

    fn bring_up(&self) -> Vec<Step> {
        let differs = |place: &Place, name: &String, link: &Link| {
            self.current(place, name).is_none_or(|found| (found.mtu, found.up) != (link.mtu, link.up))
        };
        let down = links(self.wanted).filter(|(place, name, link)| differs(place, name, link));
        down.map(|(place, name, link)| {
            step(place, Change::BringUp { name: name.clone(), link: link.clone() })
        })
        .collect()
    }

    fn add_items(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (place, plane) in self.wanted {
            let found = self.found.get(place).map(|found| &found.items);
            let there = |item: &Item| {
                found.is_some_and(|items| items.contains(item)) && !self.goes_with_link(place, item)
            };
            let missing = plane.items.iter().filter(|item| !there(item));
            steps.extend(missing.map(|item| step(place, Change::AddItem(item.clone()))));
        }
        steps
    }

    /// The link that was found and stays.
    fn current(&self, place: &Place, name: &str) -> Option<&Link> {
        self.found.get(place)?.links.get(name).filter(|_| !self.is_stale(place, name))
    }

    fn is_stale(&self, place: &Place, name: &str) -> bool {
        self.stale.contains(&(place.clone(), name.to_owned()))
    }

    /// Whether the kernel removes the item because its link goes, or goes down with a lost end.
    fn goes_with_link(&self, place: &Place, item: &Item) -> bool {
        item.link().is_some_and(|link| self.is_stale(place, link))
    }
}

fn step(place: &Place, change: Change) -> Step {
    Step { place: place.clone(), change }
}

fn links(world: &World) -> impl Iterator<Item = (&Place, &String, &Link)> {
    world.iter().flat_map(|(place, plane)| plane.links.iter().map(move |(name, link)| (place, name, link)))
}

fn far_end<'a>(world: &'a World, (place, name): &LinkKey) -> Option<&'a Link> {
    world.get(place)?.links.get(name)
}

/// Found links that nobody wants, that are another device than the wanted one, or whose other end is either.
fn stale_links(found: &World, wanted: &World) -> BTreeSet<LinkKey> {
    let agrees = |key: &LinkKey| match (far_end(found, key), far_end(wanted, key)) {
        (Some(found), Some(wanted)) => same_device(found, wanted),
        _ => false,
    };
    let cables: BTreeMap<LinkKey, LinkKey> = links(wanted).flat_map(cable_both_ways).collect();
    let removable = links(found).filter(|(_, _, link)| link.kind != LinkKind::Loopback);
    let keys = removable.map(|(place, name, _)| (place.clone(), name.clone()));
    keys.filter(|key| !agrees(key) || cables.get(key).is_some_and(|other| !agrees(other))).collect()
}

fn cable_both_ways((place, name, link): (&Place, &String, &Link)) -> Vec<(LinkKey, LinkKey)> {
    let LinkKind::Veth { peer: Some(far) } = &link.kind else {
        return Vec::new();
    };
    let near = (place.clone(), name.clone());
    vec![(near.clone(), far.clone()), (far.clone(), near)]
}

/// The alias says whose link it is; MTU and state can be changed in place.
fn same_device(found: &Link, wanted: &Link) -> bool {
    let same_kind = match (&found.kind, &wanted.kind) {
        (LinkKind::Veth { .. }, LinkKind::Veth { .. }) => true,
        (found, wanted) => found == wanted,
    };
    same_kind && found.alias == wanted.alias && found.mac == wanted.mac
}

#[cfg(test)]
mod tests;
