//! A zone laid out for queries: a hash of names, and the list of groups its aliases lead to.

use super::Slots;
use super::alias::{Aliases, GroupKey};
use super::cidr::Collections;
use super::few::Few;
use super::group::{self, Group, Links};
use super::place::{Place, is_among};
use crate::zone::{
    Found, RecordSet, Rendered, SetError, SetKey, Signing, Store, TreeKey, Zone, error_chain, name_at,
};
use controlplane_types::dns::{Name, RecordType, dnssec, rdata};
use foldhash::fast::RandomState;
use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A zone, by names.
#[derive(Clone, Debug)]
pub struct CompiledZone {
    /// Lower-case wire form.
    pub apex: Arc<[u8]>,
    /// The SOA as negative answers carry it: its TTL is the lower of its own and `minimum` (RFC 2308 section 3).
    pub negative_soa: Option<Arc<Rendered>>,
    /// Whether any name is a delegation; only then are ancestors looked at.
    pub has_cuts: bool,
    /// With what the zone is signed, if it is.
    pub signing: Option<Arc<Signing>>,
    /// Rises (RFC 1982) with every change of the sets; 0 if that was not said.
    pub serial: u32,
    id: Arc<str>,
    nodes: HashSet<Named, RandomState>,
    /// By the numbers aliases hold; `None` where no such group is.
    targets: Vec<Option<Target>>,
}

/// A group some alias leads to.
#[derive(Clone, Debug)]
struct Target {
    name: Name,
    node: Arc<Node>,
    group: usize,
}

/// An existing name; without groups it is an empty non-terminal. There are millions: what nearly every one has exactly one of
/// stands in it, and its name stands nowhere else.
#[derive(Debug)]
pub struct Node {
    /// Lower-case wire form.
    pub name: Box<[u8]>,
    /// By type code, ascending.
    pub groups: Few<Group>,
    /// What answers for names that do not exist below this one.
    pub wildcard: Option<Arc<Node>>,
    /// Whether the name is delegated: NS below the apex (route53.md section 4.6).
    pub is_cut: bool,
}

/// A node, found by its name.
#[derive(Clone, Debug)]
struct Named(Arc<Node>);

impl Borrow<[u8]> for Named {
    fn borrow(&self) -> &[u8] {
        &self.0.name
    }
}

impl Hash for Named {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Named {}

/// What zones are compiled with.
pub(super) struct Parts<'a> {
    pub(super) slots: &'a mut Slots,
    pub(super) collections: &'a mut Collections,
    pub(super) aliases: &'a Aliases,
    pub(super) store: &'a Store,
    /// Record sets that cannot be read, and why.
    pub(super) left_out: &'a mut Vec<String>,
}

impl Node {
    /// The group of this type.
    pub fn group(&self, kind: u16) -> Option<&Group> {
        self.groups.iter().find(|group| group.kind == kind)
    }
}

impl CompiledZone {
    pub(super) fn new(id: &str, zone: &Zone) -> Self {
        Self {
            apex: Arc::from(zone.name.as_wire()),
            negative_soa: None,
            has_cuts: false,
            signing: None,
            serial: zone.serial,
            id: Arc::from(id),
            nodes: HashSet::default(),
            targets: Vec::new(),
        }
    }

    /// The zone's id, `Z...`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The TTL a record is answered with: that of a signed zone is at most a week (route53.md section 3.5).
    pub fn served_ttl(&self, ttl: u32) -> u32 {
        if self.signing.is_some() { ttl.min(dnssec::MAX_TTL) } else { ttl }
    }

    /// The node of a lower-case name in wire form.
    pub fn node(&self, name: &[u8]) -> Option<&Arc<Node>> {
        self.nodes.get(name).map(|Named(node)| node)
    }

    /// The group an alias with this number leads to; `None` if it is not there.
    pub fn target(&self, number: u32) -> Option<&Group> {
        let target = self.targets.get(number as usize)?.as_ref()?;
        target.node.groups.get(target.group)
    }

    /// Every existing name, in no order.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().map(|Named(node)| &**node)
    }

    /// The name of that group.
    pub fn target_name(&self, number: u32) -> Option<&Name> {
        Some(&self.targets.get(number as usize)?.as_ref()?.name)
    }

    /// Compiles the names at `places` anew.
    pub(super) fn rebuild(&mut self, zone: &Zone, places: &[Place], parts: &mut Parts) {
        for place in places {
            let Some(name) = name_at(place.key) else {
                continue;
            };
            match place.found {
                Found::Nothing => drop(self.nodes.remove(name.as_wire())),
                Found::Below => self.put_node(zone, &name, &[], parts),
                Found::Sets(sets) => {
                    let mut left_out = |kind: &str, error: &SetError| {
                        parts.left_out.push(format!("{name} {kind}: {}", error_chain(error)));
                    };
                    let read = zone.read(sets, &mut left_out);
                    self.put_node(zone, &name, &read, parts);
                }
            }
        }
        self.has_cuts = self.nodes.iter().any(|Named(node)| node.is_cut);
        self.negative_soa = self.negative_soa();
        self.signing.clone_from(&zone.signing);
        self.serial = zone.serial;
        self.place_targets(places, parts);
    }

    fn put_node(&mut self, zone: &Zone, name: &Name, sets: &[(SetKey, RecordSet)], parts: &mut Parts) {
        let Parts { slots, collections, aliases, store, .. } = parts;
        let given = &store.collections;
        let mut links = Links { zone: &self.id, slots, aliases, collections, given };
        let groups = group::groups(name, sets, &mut links);
        let below_apex = *name != zone.name;
        let has_ns = groups.iter().any(|group| group.kind == RecordType::Ns.code());
        let star = [b"\x01*", name.as_wire()].concat();
        let node = Node {
            name: name.as_wire().into(),
            groups: groups.into(),
            wildcard: self.node(&star).cloned(),
            is_cut: below_apex && has_ns && !name.is_wildcard(),
        };
        self.nodes.replace(Named(Arc::new(node)));
    }

    /// The apex's SOA with the TTL of negative answers.
    fn negative_soa(&self) -> Option<Arc<Rendered>> {
        let soa = self.node(&self.apex)?.group(RecordType::Soa.code())?.members().first()?.rendered()?;
        let data = soa.record(0).data;
        let (_, minimum) = data.split_last_chunk::<4>()?;
        let ttl = soa.ttl.min(u32::from_be_bytes(*minimum));
        debug_assert!(rdata::format(RecordType::Soa, data).is_some(), "rendered data is well-formed");
        Some(Arc::new(soa.with_ttl(ttl)))
    }

    /// Puts targets that were built anew, or are new as targets, where aliases look for them.
    fn place_targets(&mut self, rebuilt: &[Place], parts: &mut Parts) {
        let mut targets: Vec<Option<Target>> = Vec::new();
        for (key, number) in parts.aliases.targets() {
            let number = number as usize;
            if targets.len() <= number {
                targets.resize(number + 1, None);
            }
            let held = self.targets.get_mut(number).and_then(Option::take);
            let held =
                held.filter(|target| target.name == key.0 && target.node.groups[target.group].kind == key.1);
            targets[number] = match held.filter(|_| !is_among(rebuilt, &TreeKey::new(&key.0))) {
                Some(target) => Some(target),
                None => self.link_target(key, parts.slots),
            };
        }
        self.targets = targets;
    }

    fn link_target(&self, key: &GroupKey, slots: &mut Slots) -> Option<Target> {
        let (name, kind) = key;
        let node = self.node(name.as_wire());
        let group = node.and_then(|node| node.groups.iter().position(|group| group.kind == *kind));
        let slot = slots.tree(&self.id, key);
        let votes = node.zip(group).map(|(node, group)| node.groups[group].votes()).unwrap_or_default();
        slots.set_votes(slot, votes);
        Some(Target { name: name.clone(), node: node?.clone(), group: group? })
    }
}
