//! Which group an alias leads to, worked out when zones change, so that a query follows a number.
//!
//! Every group some alias of the zone points to has a number; an alias keeps its target's number while the target is
//! rebuilt, taken away or brought back, so no change of a target touches the names that point to it.
//!
//! An alias that lies on a loop leads nowhere: not one of the loop's aliases, chosen by chance or order, but each of
//! them, so that what is served does not depend on which change came first. The API refuses to write loops; this is
//! for a feed that holds one all the same. What is left has no loops, so following it ends without a bound on depth.

use super::place::Place;
use crate::zone::{Content, Sets, TreeKey, Zone, name_at};
use controlplane_types::dns::Name;
use std::collections::{BTreeMap, BTreeSet};

/// A name and a type.
pub(super) type GroupKey = (Name, u16);

/// The aliases of one zone.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    /// Targets by group.
    edges: BTreeMap<GroupKey, BTreeSet<GroupKey>>,
    /// Aliases that lie on a loop.
    looped: BTreeSet<(GroupKey, GroupKey)>,
    numbers: BTreeMap<GroupKey, u32>,
}

impl Aliases {
    /// Reads the aliases at `places` anew and gives the names whose own have come upon a loop or left one.
    pub(super) fn update(&mut self, zone: &Zone, places: &[Place]) -> Vec<TreeKey> {
        let mut changed = false;
        for place in places {
            let sets = place.sets().filter(|sets| sets.has_alias());
            // Nearly no name has aliases, or had them.
            if (sets.is_some() || !self.edges.is_empty())
                && let Some(name) = name_at(place.key)
            {
                changed |= self.read(zone, &name, sets);
            }
        }
        if !changed {
            return Vec::new();
        }
        self.number_targets();
        let looped = self.loops();
        let differing = looped.symmetric_difference(&self.looped);
        let differing = differing.map(|((name, _), _)| TreeKey::new(name)).collect();
        self.looped = looped;
        differing
    }

    /// Whether anything is different.
    fn read(&mut self, zone: &Zone, name: &Name, sets: Option<&Sets>) -> bool {
        let mut read: BTreeMap<GroupKey, BTreeSet<GroupKey>> = BTreeMap::new();
        // What is left out is told when the name is compiled.
        for ((kind, _), set) in sets.map(|sets| zone.read(sets, |_, _| ())).into_iter().flatten() {
            if let Content::Alias { target, .. } = set.content {
                read.entry((name.clone(), kind.code())).or_default().insert((target, kind.code()));
            }
        }
        let held: Vec<GroupKey> = self
            .edges
            .range((name.clone(), 0)..=(name.clone(), u16::MAX))
            .map(|(group, _)| group.clone())
            .collect();
        let before: BTreeMap<_, _> =
            held.into_iter().filter_map(|group| self.edges.remove_entry(&group)).collect();
        let changed = before != read;
        self.edges.extend(read);
        changed
    }

    /// Numbers stay; free ones are given out again.
    fn number_targets(&mut self) {
        let wanted: BTreeSet<&GroupKey> = self.edges.values().flatten().collect();
        self.numbers.retain(|group, _| wanted.contains(group));
        let used: BTreeSet<u32> = self.numbers.values().copied().collect();
        let mut free = (0..).filter(|number| !used.contains(number));
        for group in wanted {
            if !self.numbers.contains_key(group)
                && let Some(number) = free.next()
            {
                self.numbers.insert(group.clone(), number);
            }
        }
    }

    /// The aliases whose target leads back to them.
    fn loops(&self) -> BTreeSet<(GroupKey, GroupKey)> {
        let suspects = self.after_peeling();
        let edges = suspects.iter().flat_map(|from| self.edges[*from].iter().map(move |to| (*from, to)));
        edges
            .filter(|(from, to)| self.leads(to, from, &suspects))
            .map(|(from, to)| (from.clone(), to.clone()))
            .collect()
    }

    /// Groups that are left when those without targets are taken away again and again: usually none.
    fn after_peeling(&self) -> BTreeSet<&GroupKey> {
        let mut pointing: BTreeMap<&GroupKey, Vec<&GroupKey>> = BTreeMap::new();
        let mut open: BTreeMap<&GroupKey, usize> = BTreeMap::new();
        let mut done: Vec<&GroupKey> = Vec::new();
        for (from, targets) in &self.edges {
            open.insert(from, targets.len());
            for to in targets {
                pointing.entry(to).or_default().push(from);
                if !self.edges.contains_key(to) {
                    done.push(to);
                }
            }
        }
        done.sort();
        done.dedup();
        while let Some(group) = done.pop() {
            for from in pointing.get(group).into_iter().flatten() {
                if let Some(left) = open.get_mut(from) {
                    *left -= 1;
                    if *left == 0 {
                        open.remove(from);
                        done.push(from);
                    }
                }
            }
        }
        open.into_keys().collect()
    }

    fn leads(&self, from: &GroupKey, to: &GroupKey, within: &BTreeSet<&GroupKey>) -> bool {
        let mut seen = BTreeSet::from([from]);
        let mut next = vec![from];
        while let Some(group) = next.pop() {
            if group == to {
                return true;
            }
            let targets = self.edges.get(group).into_iter().flatten();
            next.extend(targets.filter(|target| within.contains(target) && seen.insert(target)));
        }
        false
    }

    /// The number of an alias's target, unless the alias lies on a loop.
    pub(super) fn number(&self, from: &GroupKey, to: &GroupKey) -> Option<u32> {
        if !self.looped.is_empty() && self.looped.contains(&(from.clone(), to.clone())) {
            return None;
        }
        self.numbers.get(to).copied()
    }

    /// Every target and its number.
    pub(super) fn targets(&self) -> impl Iterator<Item = (&GroupKey, u32)> {
        self.numbers.iter().map(|(group, number)| (group, *number))
    }
}
