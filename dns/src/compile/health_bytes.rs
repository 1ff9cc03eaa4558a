//! One byte per health check and per alias target, read by index on every answer that has a choice.
//!
//! The array outlives snapshots: it is replaced only when new slots need a longer one. Writers are the health
//! side alone, under the lock of the keeper; readers take relaxed loads, because a status has no order with
//! anything else.
//!
//! An alias target's byte says whether its group has a healthy member (route53.md section 9.3). It is worked out here,
//! when a byte it hangs on changes, up through every tree above: the cost of a change is what it touches, the cost
//! of a query one load.

use super::alias::GroupKey;
use super::group::NO_CHECK;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// The array; clones share it.
#[derive(Clone, Debug, Default)]
pub struct HealthBytes(Arc<[AtomicU8]>);

impl HealthBytes {
    /// Whether the check or target with this slot is healthy.
    pub fn is_healthy(&self, slot: u32) -> bool {
        self.0.get(slot as usize).is_none_or(|byte| byte.load(Ordering::Relaxed) != 0)
    }

    fn set(&self, slot: u32, healthy: bool) {
        if let Some(byte) = self.0.get(slot as usize) {
            byte.store(u8::from(healthy), Ordering::Relaxed);
        }
    }
}

/// Which check and which target has which byte. Slots are never reused: an old snapshot may still be read by its slot.
/// What that costs is one byte and one key per check and target ever seen since the start, a few hundred kilobytes
/// after thousands.
#[derive(Debug, Default)]
pub struct Slots {
    checks: BTreeMap<Arc<str>, u32>,
    /// By zone and group.
    targets: BTreeMap<(Arc<str>, GroupKey), u32>,
    trees: Trees,
    bytes: HealthBytes,
}

impl Slots {
    /// A slot that is never healthy.
    pub(super) const DOWN: u32 = 0;

    /// The slot of `check`, given out at first sight.
    pub fn slot(&mut self, check: &Arc<str>) -> u32 {
        if let Some(slot) = self.checks.get(check) {
            return *slot;
        }
        let slot = self.next();
        self.checks.insert(check.clone(), slot);
        slot
    }

    /// The slot of a group's health, given out at first sight.
    pub(super) fn tree(&mut self, zone: &Arc<str>, group: &GroupKey) -> u32 {
        let key = (zone.clone(), group.clone());
        if let Some(slot) = self.targets.get(&key) {
            return *slot;
        }
        let slot = self.next();
        self.targets.insert(key, slot);
        slot
    }

    fn next(&self) -> u32 {
        (1 + self.checks.len() + self.targets.len()) as u32
    }

    /// Says what the health of a target hangs on: by member, the slots that must all be healthy for the member to be.
    /// A group that is not there has no members and is not healthy.
    pub(super) fn set_votes(&mut self, slot: u32, votes: Box<[[u32; 2]]>) {
        self.trees.set(slot, votes);
    }

    /// The targets of a zone that is gone are looked after no more.
    pub(super) fn forget_zone(&mut self, zone: &str) {
        let gone = self.targets.iter().filter(|((of, _), _)| **of == *zone).map(|(_, slot)| *slot);
        gone.collect::<Vec<u32>>().into_iter().for_each(|slot| self.trees.set(slot, Box::default()));
    }

    /// The array, long enough for every slot and written anew: slots may have been given out since.
    pub(super) fn bytes(&mut self, is_healthy: impl Fn(&str) -> bool) -> HealthBytes {
        let needed = self.next() as usize;
        if self.bytes.0.len() < needed {
            let capacity = needed.next_power_of_two().max(64);
            self.bytes = HealthBytes((0..capacity).map(|_| AtomicU8::new(1)).collect());
            self.bytes.set(Self::DOWN, false);
        }
        self.write_all(is_healthy);
        self.bytes.clone()
    }

    /// Writes the byte of one check, if any set names it, and of every target above it.
    pub fn write(&self, check: &str, healthy: bool) {
        if let Some(slot) = self.checks.get(check) {
            self.bytes.set(*slot, healthy);
            self.trees.settle(&self.bytes, self.trees.above(*slot));
        }
    }

    /// Writes every byte.
    pub fn write_all(&self, is_healthy: impl Fn(&str) -> bool) {
        for (check, slot) in &self.checks {
            self.bytes.set(*slot, is_healthy(check));
        }
        self.trees.settle(&self.bytes, self.trees.votes.keys().copied());
    }

    /// Every slot of a check, and the check.
    pub fn checks(&self) -> impl Iterator<Item = (u32, &str)> {
        self.checks.iter().map(|(check, slot)| (*slot, &**check))
    }
}

/// What the health of targets hangs on.
#[derive(Debug, Default)]
struct Trees {
    votes: BTreeMap<u32, Box<[[u32; 2]]>>,
    /// By slot: the targets that read it.
    readers: BTreeMap<u32, BTreeSet<u32>>,
}

impl Trees {
    fn set(&mut self, slot: u32, votes: Box<[[u32; 2]]>) {
        for read in self.votes.get(&slot).into_iter().flatten().flatten() {
            if let Some(readers) = self.readers.get_mut(read) {
                readers.remove(&slot);
                if readers.is_empty() {
                    self.readers.remove(read);
                }
            }
        }
        for read in votes.iter().flatten().filter(|read| **read != NO_CHECK) {
            self.readers.entry(*read).or_default().insert(slot);
        }
        self.votes.insert(slot, votes);
    }

    fn above(&self, slot: u32) -> impl Iterator<Item = u32> {
        self.readers.get(&slot).into_iter().flatten().copied()
    }

    /// Works `slots` out again, and whatever reads one that came out differently. Ends because aliases on loops read
    /// [`Slots::DOWN`] instead of each other.
    fn settle(&self, bytes: &HealthBytes, slots: impl Iterator<Item = u32>) {
        let mut waiting: VecDeque<u32> = slots.collect();
        while let Some(slot) = waiting.pop_front() {
            let votes = self.votes.get(&slot).map(|votes| &**votes).unwrap_or_default();
            let healthy = votes.iter().any(|vote| vote.iter().all(|read| bytes.is_healthy(*read)));
            if healthy != bytes.is_healthy(slot) {
                bytes.set(slot, healthy);
                waiting.extend(self.above(slot));
            }
        }
    }
}
