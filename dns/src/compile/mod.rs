//! From zones to what answers are read from: an immutable snapshot per generation.
//!
//! A snapshot is a hash of zones; a zone is a hash of names, each name an [`Node`] with its groups laid out flat.
//! Versions share structure: a zone that did not change is the same `Arc` in both, and in a changed zone only the
//! touched names and their ancestors (whose existence or wildcard may hang on them) are built again.
//!
//! Health is not part of it: groups hold indices into one array of bytes ([`HealthBytes`]) that the health side
//! writes in place, so a failing check costs no publication.
//!
//! Rejected: one tree over all zones (publishing one zone would touch the root of all), and a sorted array with
//! binary search (a hash of the whole name answers the common case, an existing name, in one probe).

mod group;
mod health_bytes;

pub use group::{Group, MAX_PICKS, Member, Picks};
pub use health_bytes::{HealthBytes, Slots};

use crate::zone::{Changes, Rendered, Store, Zone};
use controlplane_types::dns::{Name, RecordType, name, rdata};
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Keyed by lower-case names in wire form. Seeded per process, so nobody can choose names that collide.
type ByName<T> = HashMap<Arc<[u8]>, T, RandomState>;

/// Everything a query can be answered from.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The feed's generation; 0 before the first.
    pub generation: u64,
    zones: ByName<Arc<CompiledZone>>,
    /// One byte per health check.
    pub health: HealthBytes,
}

/// A zone, by names.
#[derive(Clone, Debug)]
pub struct CompiledZone {
    /// Lower-case wire form.
    pub apex: Arc<[u8]>,
    /// The SOA as negative answers carry it: its TTL is the lower of its own and `minimum` (RFC 2308 section 3).
    pub negative_soa: Option<Arc<Rendered>>,
    /// Whether any name is a delegation; only then are ancestors looked at.
    pub has_cuts: bool,
    id: Arc<str>,
    nodes: ByName<Arc<Node>>,
}

/// An existing name; without groups it is an empty non-terminal.
#[derive(Debug, Default)]
pub struct Node {
    /// By type code, ascending.
    pub groups: Box<[Group]>,
    /// What answers for names that do not exist below this one.
    pub wildcard: Option<Arc<Node>>,
    /// Whether the name is delegated: NS below the apex (route53.md section 4.6).
    pub is_cut: bool,
}

impl Node {
    /// The group of this type.
    pub fn group(&self, kind: u16) -> Option<&Group> {
        self.groups.iter().find(|group| group.kind == kind)
    }
}

impl CompiledZone {
    /// The node of a lower-case name in wire form.
    pub fn node(&self, name: &[u8]) -> Option<&Arc<Node>> {
        self.nodes.get(name)
    }
}

impl Snapshot {
    /// The zone with the longest name that `name` (lower case, wire form) lies in.
    pub fn zone(&self, name: &[u8]) -> Option<&Arc<CompiledZone>> {
        name::suffixes(name).find_map(|suffix| self.zones.get(suffix))
    }
}

/// Builds snapshot after snapshot.
#[derive(Debug, Default)]
pub struct Compiler {
    slots: Slots,
    current: Snapshot,
    /// Zones by id; two zones may have one name, then the one with the lower id answers.
    by_id: BTreeMap<String, Arc<CompiledZone>>,
}

impl Compiler {
    /// The snapshot after `changes`. `is_healthy` gives the status of a check that no set named before.
    pub fn compile(
        &mut self,
        store: &Store,
        changes: &Changes,
        is_healthy: impl Fn(&str) -> bool,
    ) -> Arc<Snapshot> {
        let mut names = BTreeSet::new();
        for id in changes.zones.iter().chain(changes.names.keys()) {
            names.extend(self.by_id.get(id).map(|zone| zone.apex.clone()));
            self.compile_zone(store, id, changes);
            names.extend(self.by_id.get(id).map(|zone| zone.apex.clone()));
        }
        names.into_iter().for_each(|name| self.place(name));
        self.current.generation = store.position.generation;
        self.current.health = self.slots.bytes(is_healthy);
        Arc::new(self.current.clone())
    }

    /// Which byte belongs to which check.
    pub fn slots(&self) -> &Slots {
        &self.slots
    }

    fn compile_zone(&mut self, store: &Store, id: &str, changes: &Changes) {
        let Some(zone) = store.zones.get(id) else {
            self.by_id.remove(id);
            return;
        };
        let held = self.by_id.get(id).filter(|_| !changes.zones.contains(id));
        let mut compiled = match held {
            Some(held) => CompiledZone::clone(held),
            None => CompiledZone::new(id, zone),
        };
        match changes.names.get(id).filter(|_| held.is_some()) {
            Some(names) => compiled.rebuild(zone, with_ancestors(zone, names.iter()), &mut self.slots),
            None => {
                let names = zone.nodes.values().map(|(name, _)| name);
                compiled.rebuild(zone, with_ancestors(zone, names), &mut self.slots);
            }
        }
        self.by_id.insert(id.to_owned(), Arc::new(compiled));
    }

    /// Puts the zone that answers for `apex` where queries look.
    fn place(&mut self, apex: Arc<[u8]>) {
        let mut candidates = self.by_id.values().filter(|zone| zone.apex == apex);
        let Some(first) = candidates.next().cloned() else {
            self.current.zones.remove(&apex);
            return;
        };
        if let Some(second) = candidates.next() {
            tracing::warn!(answers = %first.id, hidden = %second.id, "two zones have one name");
        }
        self.current.zones.insert(apex, first);
    }
}

/// `names` and all names above them within the zone, longest first, so that a wildcard is built before its parent.
fn with_ancestors<'a>(zone: &Zone, names: impl Iterator<Item = &'a Name>) -> Vec<Name> {
    let mut all = BTreeSet::from([zone.name.clone()]);
    for name in names {
        let mut next = Some(name.clone());
        while let Some(name) = next.filter(|name| !all.contains(name)) {
            next = name.parent();
            all.insert(name);
        }
    }
    let mut all: Vec<Name> = all.into_iter().collect();
    all.sort_by_key(|name| std::cmp::Reverse(name.labels().count()));
    all
}

impl CompiledZone {
    fn new(id: &str, zone: &Zone) -> Self {
        let apex = Arc::from(zone.name.as_wire());
        Self { apex, negative_soa: None, has_cuts: false, id: Arc::from(id), nodes: ByName::default() }
    }

    fn rebuild(&mut self, zone: &Zone, names: Vec<Name>, slots: &mut Slots) {
        for name in names {
            if zone.exists(&name) {
                let node = self.build_node(zone, &name, slots);
                self.nodes.insert(Arc::from(name.as_wire()), Arc::new(node));
            } else {
                self.nodes.remove(name.as_wire());
            }
        }
        self.has_cuts = self.nodes.values().any(|node| node.is_cut);
        self.negative_soa = negative_soa(zone);
    }

    fn build_node(&self, zone: &Zone, name: &Name, slots: &mut Slots) -> Node {
        let groups = group::groups(name, zone.sets(name), slots);
        let below_apex = *name != zone.name;
        let has_ns = groups.iter().any(|group| group.kind == RecordType::Ns.code());
        let star = [b"\x01*", name.as_wire()].concat();
        Node {
            groups: groups.into(),
            wildcard: self.nodes.get(star.as_slice()).cloned(),
            is_cut: below_apex && has_ns && !name.is_wildcard(),
        }
    }
}

fn negative_soa(zone: &Zone) -> Option<Arc<Rendered>> {
    let (_, soa) = zone.sets(&zone.name).find(|((kind, _), _)| *kind == RecordType::Soa)?;
    let data = soa.rendered.record(0).data;
    let (_, minimum) = data.split_last_chunk::<4>()?;
    let ttl = soa.rendered.ttl.min(u32::from_be_bytes(*minimum));
    debug_assert!(rdata::format(RecordType::Soa, data).is_some(), "rendered data is well-formed");
    Some(Arc::new(soa.rendered.with_ttl(ttl)))
}
