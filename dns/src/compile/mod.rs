//! From zones to what answers are read from: an immutable snapshot per generation.
//!
//! A snapshot is a hash of zones; a zone is a hash of names, each name an [`Node`] with its groups laid out flat.
//! Versions share structure: a zone that did not change is the same `Arc` in both, and in a changed zone only the
//! touched names and their ancestors (whose existence or wildcard may hang on them) are built again.
//!
//! Aliases are numbers into their zone's list of targets ([`CompiledZone::target`]), which alone changes when a target
//! does.
//!
//! Health is not part of it: groups hold indices into one array of bytes ([`HealthBytes`]) that the health side
//! writes in place, so a failing check costs no publication.
//!
//! Rejected: one tree over all zones (publishing one zone would touch the root of all), and a sorted array with
//! binary search (a hash of the whole name answers the common case, an existing name, in one probe).

mod alias;
mod by_place;
mod choice;
mod cidr;
mod few;
mod group;
mod health_bytes;
mod place;
mod values;
mod zone;

pub use choice::{Chooser, MAX_PICKS, Picks};
pub use group::{Answer, Group, Member};
pub use health_bytes::{HealthBytes, Slots};
pub use zone::{CompiledZone, Node};

use crate::location::{Geography, LatencyTable};
use crate::zone::{Changes, Store, TreeKey};
use alias::Aliases;
use cidr::Collections;
use controlplane_types::dns::name;
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Keyed by lower-case names in wire form. Seeded per process, so nobody can choose names that collide.
type ByName<T> = HashMap<Arc<[u8]>, T, RandomState>;

/// Log groups by the id of the zone whose queries go there.
pub type QueryLogs = HashMap<Arc<str>, Arc<str>, RandomState>;

/// Everything a query can be answered from.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The feed's generation; 0 before the first.
    pub generation: u64,
    zones: ByName<Arc<CompiledZone>>,
    /// One byte per health check and alias target.
    pub health: HealthBytes,
    /// Where clients are.
    pub geography: Arc<Geography>,
    /// Whose queries are logged.
    pub query_logs: Arc<QueryLogs>,
}

impl Snapshot {
    /// The zone with the longest name that `name` (lower case, wire form) lies in.
    pub fn zone(&self, name: &[u8]) -> Option<&Arc<CompiledZone>> {
        name::suffixes(name).find_map(|suffix| self.zones.get(suffix))
    }

    /// The same, were `zone` all there is.
    pub fn alone(&self, zone: &Arc<CompiledZone>) -> Self {
        let mut zones = ByName::default();
        zones.insert(zone.apex.clone(), zone.clone());
        Self { zones, ..self.clone() }
    }

    /// The zone that is all there is; `None` if there are others.
    pub fn only(&self) -> Option<&CompiledZone> {
        self.zones.values().next().filter(|_| self.zones.len() == 1).map(|zone| &**zone)
    }
}

/// Builds snapshot after snapshot.
#[derive(Debug, Default)]
pub struct Compiler {
    slots: Slots,
    collections: Collections,
    current: Snapshot,
    /// Zones by id; two zones may have one name, then the one with the lower id answers.
    by_id: BTreeMap<String, Held>,
    left_out: Vec<String>,
    touched: BTreeSet<Arc<[u8]>>,
}

/// A zone as it was compiled last.
#[derive(Debug)]
struct Held {
    zone: Arc<CompiledZone>,
    aliases: Aliases,
}

impl Compiler {
    /// A compiler whose snapshots locate clients by `geography`.
    pub fn new(geography: Arc<Geography>) -> Self {
        Self { current: Snapshot { geography, ..Snapshot::default() }, ..Self::default() }
    }

    /// The snapshot after `changes`. `is_healthy` gives the status of a check that no set named before.
    pub fn compile(
        &mut self,
        store: &Store,
        changes: &Changes,
        is_healthy: impl Fn(&str) -> bool,
    ) -> Arc<Snapshot> {
        self.left_out.clear();
        let mut names = self.collections.drop_changed(&changes.collections);
        for (id, changed) in &changes.names {
            names.entry(id.clone()).or_default().extend(changed.iter().cloned());
        }
        let ids: BTreeSet<&String> = changes.zones.iter().chain(names.keys()).collect();
        let mut apexes = BTreeSet::new();
        for id in ids {
            apexes.extend(self.by_id.get(id).map(|held| held.zone.apex.clone()));
            let whole = changes.zones.contains(id) || !self.by_id.contains_key(id);
            self.compile_zone(store, id, names.get(id).filter(|_| !whole).map(Vec::as_slice));
            apexes.extend(self.by_id.get(id).map(|held| held.zone.apex.clone()));
        }
        apexes.iter().for_each(|apex| self.place(apex.clone()));
        self.touched = apexes;
        if changes.query_logs {
            let logs = store.query_logs.values();
            let logs = logs.map(|log| (log.zone_id.as_str().into(), log.log_group.as_str().into()));
            self.current.query_logs = Arc::new(logs.collect());
        }
        self.current.generation = store.position.generation;
        self.current.health = self.slots.bytes(is_healthy);
        Arc::new(self.current.clone())
    }

    /// Snapshots from the next one on have what was measured.
    pub(crate) fn set_measured(&mut self, table: Option<LatencyTable>) {
        self.current.geography = Arc::new(self.current.geography.measured(table));
    }

    /// The zone with this id, whether or not it is the one that answers for its name.
    pub fn zone(&self, id: &str) -> Option<&Arc<CompiledZone>> {
        self.by_id.get(id).map(|held| &held.zone)
    }

    /// Which byte belongs to which check.
    pub fn slots(&self) -> &Slots {
        &self.slots
    }

    /// Compiles the changed names of a zone, or all of it.
    fn compile_zone(&mut self, store: &Store, id: &str, names: Option<&[TreeKey]>) {
        let held = self.by_id.remove(id);
        let Some(zone) = store.zones.get(id) else {
            return self.slots.forget_zone(id);
        };
        let (mut compiled, mut aliases) = match held.filter(|_| names.is_some()) {
            Some(Held { zone, aliases }) => (CompiledZone::clone(&zone), aliases),
            None => (CompiledZone::new(id, zone), Aliases::default()),
        };
        let mut keys: Vec<&[u8]> = match names {
            Some(names) => names.iter().map(TreeKey::as_octets).collect(),
            None => zone.nodes.keys().map(TreeKey::as_octets).collect(),
        };
        let apex = TreeKey::new(&zone.name);
        let mut places = place::places(zone, &apex, &keys);
        let looped = aliases.update(zone, &places);
        if !looped.is_empty() {
            keys.extend(looped.iter().map(TreeKey::as_octets));
            places = place::places(zone, &apex, &keys);
        }
        let Self { slots, collections, left_out, .. } = self;
        let mut parts = zone::Parts { slots, collections, aliases: &aliases, store, left_out };
        compiled.rebuild(zone, &places, &mut parts);
        self.by_id.insert(id.to_owned(), Held { zone: Arc::new(compiled), aliases });
    }

    /// Record sets that the last compilation met and could not read, and why.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Names (lower case, wire form) of zones that the last compilation looked at, which may have come to nothing or be gone. They
    /// are told once.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<Arc<[u8]>> {
        std::mem::take(&mut self.touched)
    }

    /// Puts the zone that answers for `apex` where queries look.
    fn place(&mut self, apex: Arc<[u8]>) {
        let mut candidates = self.by_id.values().map(|held| &held.zone).filter(|zone| zone.apex == apex);
        let Some(first) = candidates.next().cloned() else {
            self.current.zones.remove(&apex);
            return;
        };
        if let Some(second) = candidates.next() {
            tracing::warn!(answers = first.id(), hidden = second.id(), "two zones have one name");
        }
        self.current.zones.insert(apex, first);
    }
}
